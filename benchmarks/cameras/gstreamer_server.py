"""Serves one file as several RTSP streams with GStreamer's own server; run by the system's Python, which has it.

Usage: gstreamer_server.py FILE COUNT; prints the port and serves until it is ended.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main(file: str, count: int) -> None:
    """Serve a file as several streams."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    for number in range(1, count + 1):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( filesrc location={file} ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=-1 )")
        server.get_mount_points().add_factory(f"/channel{number}", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
