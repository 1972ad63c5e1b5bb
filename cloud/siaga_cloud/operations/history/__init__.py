"""This package holds the import of past readings and reports from files."""
