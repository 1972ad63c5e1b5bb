"""This package holds the stream of changes that pages receive over Server-Sent Events."""
