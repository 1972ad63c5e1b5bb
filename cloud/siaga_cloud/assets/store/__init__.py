"""Stores pumps and gates, what was reported of them, and which of them are to be inspected."""
