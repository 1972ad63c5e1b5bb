"""This package holds the rules for matching, merging, closing and undoing incidents."""
