"""This package holds the text channels through which reports come in and answers go out."""
