"""This package holds the commands that send signed commands and replay requests to nodes."""
