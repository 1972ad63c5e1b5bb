"""This package holds the HTTP routes for figures, rankings and the pages of heads."""
