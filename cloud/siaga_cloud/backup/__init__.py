"""Backups: one moment of the database and every picture, checked when they are made and when they come back."""
