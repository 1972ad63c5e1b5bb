"""This package holds the rules for enrolling nodes, sending commands and changing sites."""
