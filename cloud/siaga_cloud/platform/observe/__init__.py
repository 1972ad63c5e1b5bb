"""This package holds heartbeats, health checks, metrics and traces of the programs."""
