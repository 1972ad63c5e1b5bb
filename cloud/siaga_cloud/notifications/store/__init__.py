"""This package holds the SQL for notifications, inboxes and push subscriptions."""
