"""This package holds the HTTP routes that receive messages and delivery reports, and those of the inbox."""
