"""Serves the application behind real programs, for tests."""
