"""This package holds the open data sets that anyone may download."""
