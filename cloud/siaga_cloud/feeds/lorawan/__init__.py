"""This package holds the feed that reads uplinks of LoRaWAN network servers: ChirpStack v4 and The Things Stack v3."""
