"""Stores rain gauges and what they measured."""
