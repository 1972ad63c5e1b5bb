"""This package holds the HTTP routes for cameras and their drawings."""
