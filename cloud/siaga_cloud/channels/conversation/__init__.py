"""This package holds the dialogue that turns text messages into a report."""
