"""This package holds the rules for moving, routing, timing and following tasks."""
