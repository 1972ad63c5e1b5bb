"""Drills of docs/recovery.md: everything lost and restored, and the database back at a point in time."""
