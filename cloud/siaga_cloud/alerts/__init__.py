"""This package holds public alerts: when one is issued, what it states, and who receives it."""
