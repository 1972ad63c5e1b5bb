"""This package holds the state of each link to a channel or feed, and its check."""
