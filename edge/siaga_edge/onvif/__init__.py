"""Finds the cameras of a network by ONVIF and reads what they offer, for a technician at the site."""
