"""Private instances of the real services, for the demo and for tests: no system service is touched."""
