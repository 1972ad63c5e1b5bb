"""This package holds the aggregated numbers about tasks and incidents."""
