"""This package holds the readers of the files that describe a city."""
