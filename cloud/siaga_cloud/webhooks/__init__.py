"""This package holds the webhooks through which other systems receive events."""
