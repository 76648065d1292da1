"""The local stack: real Kafka, MongoDB and Zipkin, and our services, on one machine without containers."""
