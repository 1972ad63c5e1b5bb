"""This package holds the making and restoring of backups of the database and the media."""
