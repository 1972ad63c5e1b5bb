"""This package holds members of staff: their accounts, sessions, positions and rights."""
