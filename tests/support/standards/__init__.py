"""This package holds the shapes of published standards, written from their texts: what breaks them."""
