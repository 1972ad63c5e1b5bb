"""This package holds the export of alerts as CAP 1.2 messages."""
