"""This package holds what the operators of the installation need: setup, backup, upkeep and traces."""
