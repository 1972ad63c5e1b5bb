"""This package holds cameras: their drawings, their snapshots and the rechecks that tasks request."""
