"""This package holds the feed that reads the events of a Frigate server over MQTT."""
