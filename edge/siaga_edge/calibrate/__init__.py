"""Draws zones, masks and staff gauges over a live image, and writes them into NODE.toml."""
