"""From a camera, its stream or a file to frames with the time at which they were taken."""
