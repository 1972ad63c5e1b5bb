"""This package holds the computation of figures from stored rows."""
