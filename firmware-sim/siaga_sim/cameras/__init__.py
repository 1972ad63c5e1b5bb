"""Simulated cameras: drawn streets, encoded live, served over real RTSP."""

from siaga_sim.cameras.encoder import AccessUnit, H264Encoder
from siaga_sim.cameras.feed import CameraFeed, View
from siaga_sim.cameras.rtsp import CameraServer

__all__ = ["AccessUnit", "CameraFeed", "CameraServer", "H264Encoder", "View"]
