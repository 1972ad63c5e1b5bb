"""This package holds the HTTP routes for nodes, sites and enrolment."""
