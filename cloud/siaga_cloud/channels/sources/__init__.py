"""This package holds the parsers that turn a channel's payload into a text message."""
