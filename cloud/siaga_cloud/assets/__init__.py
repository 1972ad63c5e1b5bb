"""Pumps and gates: what they are, what was reported of them and how long ago, and which are to be inspected."""
