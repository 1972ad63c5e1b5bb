"""Rules on what may be believed: whether the level of a gauge is known, and how often a camera is right."""
