"""This package holds one parser for each kind of feed."""
