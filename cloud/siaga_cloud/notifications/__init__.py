"""This package holds the messages to members of staff and to reporters."""
