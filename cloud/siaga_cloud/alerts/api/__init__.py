"""This package holds the HTTP routes for alerts, their areas and subscriptions."""
