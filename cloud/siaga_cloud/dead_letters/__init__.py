"""This package holds messages that could not be processed, and their replay."""
