"""This package holds the HTTP routes for the inbox of notifications and for push subscriptions."""
