"""This package holds the Open311 GeoReport v2 interface for service requests."""
