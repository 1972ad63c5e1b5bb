"""Loopback ports for services that must be told their port before they listen."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below the range from which Linux takes the ports of outgoing connections (32768 and up). A port of that range could
# be taken by a connection before its service listens, and a probe could even connect to itself on it.
FIRST_PORT = 15_000
PORTS = 17_000


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on, and that no other caller is given for the next 17,000 calls.

    The processes of one user share the count in a locked file, so that tests that run side by side never meet.
    """
    with _count_file().open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        count = int(file.read() or "0")
        port = FIRST_PORT + count % PORTS
        while not _can_be_bound(port):
            count += 1
            port = FIRST_PORT + count % PORTS
        file.seek(0)
        file.truncate()
        file.write(str(count + 1))
        return port


def is_listening(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _count_file() -> Path:
    return Path(tempfile.gettempdir()) / f"siaga-ports-{os.getuid()}"


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
