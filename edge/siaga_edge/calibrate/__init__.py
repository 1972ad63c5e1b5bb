"""Draws zones, masks and staff gauges over a live picture, and writes them into NODE.toml."""
