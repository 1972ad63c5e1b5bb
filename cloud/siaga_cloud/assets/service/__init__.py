"""Imports pumps and gates, records their states, and finds those that do not do what the water calls for."""
