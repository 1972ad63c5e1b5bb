"""How measured intervals of rain become the rain of other spans."""
