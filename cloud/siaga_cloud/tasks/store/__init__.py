"""This package holds the SQL for tasks, proofs, rechecks and deadlines."""
