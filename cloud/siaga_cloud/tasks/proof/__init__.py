"""This package holds the checks of proof photos and the verification of resolved tasks."""
