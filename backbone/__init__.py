"""How any service stands, speaks Kafka, keeps documents, and is seen. It knows no word of any domain."""
