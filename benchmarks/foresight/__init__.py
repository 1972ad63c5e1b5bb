"""Judges the forecast on rivers that it was not made on: records of real ones, and simulated ones of another form."""
