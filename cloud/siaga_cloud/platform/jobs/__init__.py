"""This package holds the loop, the schedule and the retries of background jobs."""
