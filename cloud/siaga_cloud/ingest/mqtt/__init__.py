"""This package holds the broker sessions of ingest for MQTT 3.1.1 and MQTT 5."""
