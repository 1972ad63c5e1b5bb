"""Imports segments, learns from former floods, and computes depths."""
