"""This package holds the SQL for platform figures, minute figures and retention."""
