"""This package holds the work of agencies: tasks, deadlines, proofs and verification."""
