"""Learns forecasts from history with numpy: inputs, regressions that adapt, and bands that keep their promise."""
