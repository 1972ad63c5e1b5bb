"""This package holds the SQL for gauges, readings and the record of stages."""
