"""This package holds the rules for changing agencies, areas, layers and the policy."""
