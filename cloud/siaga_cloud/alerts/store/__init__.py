"""This package holds the SQL for alerts, alert messages and subscriptions."""
