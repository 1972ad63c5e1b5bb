"""This package holds external feeds: it turns external data into signals, reports, readings and warnings."""
