"""Levels that cameras read from staff gauges."""
