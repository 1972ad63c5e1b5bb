"""This package holds the HTTP routes for agencies, the policy and the map layers."""
