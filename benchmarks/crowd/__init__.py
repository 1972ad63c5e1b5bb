"""A crowd at the front door: nginx as it is shipped, the real programs behind it, and wrk in front."""
