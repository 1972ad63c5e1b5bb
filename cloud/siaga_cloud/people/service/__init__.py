"""This package holds the rules for accounts, passwords, positions, scopes and sessions."""
