"""This package holds what programs of others expect of HTTP: HEAD, OPTIONS, requests of foreign pages, and links."""
