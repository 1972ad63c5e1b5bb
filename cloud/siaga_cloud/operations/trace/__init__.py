"""This package holds the trace of one signal from the camera to the task."""
