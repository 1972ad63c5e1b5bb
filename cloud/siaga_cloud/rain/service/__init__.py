"""Imports rain gauges and rain, and forgets what is old."""
