"""Reads the state of the city at a past minute from its history and from the record."""
