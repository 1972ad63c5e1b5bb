"""This package holds the review of evidence images, whose answers become training data."""
