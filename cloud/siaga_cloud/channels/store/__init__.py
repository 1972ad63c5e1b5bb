"""This package holds the SQL for conversations, inbox items and photos of messages."""
