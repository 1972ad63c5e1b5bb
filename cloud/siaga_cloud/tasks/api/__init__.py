"""This package holds the HTTP routes for tasks, proofs and the work of officers."""
