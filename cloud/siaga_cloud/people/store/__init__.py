"""This package holds the SQL for accounts, positions, sessions and personal data."""
