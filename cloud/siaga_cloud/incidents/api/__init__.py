"""This package holds the HTTP routes for incidents, their changes and flood states."""
