"""This package holds what every subject uses: database, HTTP, jobs, delivery, media and observability."""
