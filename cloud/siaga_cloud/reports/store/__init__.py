"""This package holds the SQL for reports, their keys and their status."""
