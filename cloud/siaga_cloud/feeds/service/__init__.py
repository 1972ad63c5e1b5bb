"""This package holds the polling of feeds and the storing of their items."""
