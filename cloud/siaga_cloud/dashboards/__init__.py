"""This package holds the access of Grafana to the database and the setup of its boards."""
