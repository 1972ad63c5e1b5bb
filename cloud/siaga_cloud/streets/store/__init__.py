"""Stores segments of streets and their depths, and reads what the depths follow from."""
