"""What crosses a boundary: topics, the signed envelope, submissions, facts, and how the register is read."""
