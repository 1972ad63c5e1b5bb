"""This package holds the HTTP routes for accounts, positions, sessions and single sign-on."""
