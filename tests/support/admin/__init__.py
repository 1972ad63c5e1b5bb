"""What administrators use: a city as they see it, their pages in a browser, and their commands."""
