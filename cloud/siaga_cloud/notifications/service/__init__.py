"""This package holds the planning, grouping and sending of notifications."""
