"""This package holds the commands for backups, deployment and disk space."""
