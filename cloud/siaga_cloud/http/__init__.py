"""The HTTP rim: requests become calls, values become JSON; nothing is decided here."""
