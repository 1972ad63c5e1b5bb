"""This package holds the SQL that aggregates tasks and incidents."""
