"""Cameras as they are bought: an ONVIF device and an RTSP server of others, against discover, doctor and run."""
