"""This package holds the commands that import the gazetteer, areas, layers and statistics."""
