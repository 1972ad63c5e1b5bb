"""The dashboards, one module each, and the pieces that they are made of."""
