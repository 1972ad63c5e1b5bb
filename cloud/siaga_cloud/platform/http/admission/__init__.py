"""Admits requests: bounded places, lanes for the public and staff, and time limits of connections."""
