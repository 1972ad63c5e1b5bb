"""Judges the forecast on records of real rivers, and on simulated ones of another form than its own."""
