"""This package holds the SQL for stored messages, batches and leases."""
