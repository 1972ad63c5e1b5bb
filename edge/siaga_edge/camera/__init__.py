"""From a camera's frames to events: capture, view check, tracking, zones, evidence."""
