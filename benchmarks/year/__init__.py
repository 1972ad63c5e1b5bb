"""A city with a year of history, for measurements."""
