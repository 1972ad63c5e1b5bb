"""This package holds gauges, their readings and their stages."""
