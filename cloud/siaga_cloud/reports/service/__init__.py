"""This package holds the intake of reports and their changes."""
