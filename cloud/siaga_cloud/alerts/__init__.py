"""This package holds public alerts: when one is issued, what it says, and who receives it."""
