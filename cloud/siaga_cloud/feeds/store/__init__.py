"""This package holds the SQL for feeds, feed items and warnings."""
