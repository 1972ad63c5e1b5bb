"""This package holds the HTTP routes for making and following reports."""
