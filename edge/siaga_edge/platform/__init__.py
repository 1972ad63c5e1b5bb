"""Building blocks that know nothing of cameras and gauges: loops in threads, and redaction of credentials."""
