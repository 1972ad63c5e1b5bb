"""This package holds the SQL for incidents, their members, changes and verdicts."""
