"""This package holds the database connections, the migrations and the job queue."""
