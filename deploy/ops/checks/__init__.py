"""What the doctor looks at, one server a file; every check tells findings."""
