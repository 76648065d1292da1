"""What a participant's system uses: make a key, sign, submit over Kafka or HTTP, wait for the answer, watch."""
