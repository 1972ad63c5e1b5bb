"""Feeds in: what other systems publish, turned into signals, reports, readings and warnings."""
