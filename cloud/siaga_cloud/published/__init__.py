"""Publishes what the city knows as files that any web server or cache can hand to everybody (docs/adr/0041)."""
