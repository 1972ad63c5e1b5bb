"""Whether a view can be trusted: masks, motion, faults, and the reference of the scene."""
