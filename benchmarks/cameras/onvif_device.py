"""Serves an ONVIF device with the package ipycam, of others; its streams are those of another RTSP server.

Usage: onvif_device.py RTSP_PORT ONVIF_PORT USER PASSWORD; serves until it is ended.
"""

from __future__ import annotations

import sys
import threading

from ipycam.camera import IPCamera
from ipycam.config import CameraConfig


def main(rtsp_port: int, onvif_port: int, user: str, password: str) -> None:
    """Serves one camera over ONVIF and RTSP until it is stopped."""
    config = CameraConfig(
        name="Jalan Sudirman",
        local_ip="127.0.0.1",
        rtsp_port=rtsp_port,
        onvif_port=onvif_port,
        main_stream_name="channel1",
        sub_stream_name="channel2",
        username=user,
        password=password,
    )
    IPCamera(config).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
