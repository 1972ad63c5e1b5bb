"""This package holds incidents: how signals join them, and how operators judge and change them."""
