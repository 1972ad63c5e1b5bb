"""This package holds the frame of the HTTP API: errors, limits, security, metrics and caching."""
