"""This package holds the feed of systems that write Observations of SensorThings to this server."""
