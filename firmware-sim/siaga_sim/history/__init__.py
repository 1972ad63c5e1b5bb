"""A city's past, made up by seed: complaints with what became of them, and gauges' readings, as files to import."""
