"""Detections of one frame, and the tracks that connect them over time."""
