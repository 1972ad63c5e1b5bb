"""This package holds the disk forecast and the upkeep of old data."""
