"""TUN devices: a program's own end of a network line (Linux, root). Raises `OSError` where that is refused."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from pyroute2 import IPRoute

DEVICE = Path("/dev/net/tun")
PREFIX_LENGTH = 30
MTU = 1400
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def opened(address: str) -> int:
    """A new device that is up and has an address; the descriptor that its packets come from. It goes with it."""
    line = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        preference = struct.pack("16sH22x", b"chaos%d", _IFF_TUN | _IFF_NO_PI)
        name = fcntl.ioctl(line, _TUNSETIFF, preference)[:16].rstrip(b"\0").decode()
        with IPRoute() as routes:
            index = routes.link_lookup(ifname=name)[0]
            routes.link("set", index=index, mtu=MTU)
            routes.addr("add", index=index, address=address, prefixlen=PREFIX_LENGTH)
            routes.link("set", index=index, state="up")
    except BaseException:
        os.close(line)
        raise
    return line


def loopback_up() -> None:
    """A new namespace has a loopback that is down."""
    with IPRoute() as routes:
        routes.link("set", index=routes.link_lookup(ifname="lo")[0], state="up")
