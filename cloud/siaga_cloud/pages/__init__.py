"""This package holds the routes that serve the web pages and the API documentation."""
