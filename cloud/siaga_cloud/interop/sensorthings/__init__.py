"""This package holds the OGC SensorThings 1.1 interface for gauges and readings."""
