"""Streets in the cities of the tests."""
