"""This package holds the decisions about alerts: issuing, sending and subscribing."""
