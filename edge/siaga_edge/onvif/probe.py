"""Finds ONVIF devices with WS-Discovery: a probe on every interface, or to one address, and the answers to it."""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from time import monotonic
from typing import Final

from siaga_edge.onvif.probe_messages import DiscoveredDevice, build_probe, read_matches

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
MAX_DEVICES: Final = 256
_MOST_BYTES: Final = 64 * 1024
# Datagrams get lost; the specification lets a client repeat them.
_REPEAT_AFTER_SECONDS: Final = (0.0, 0.3, 1.0)


class DiscoveryError(OSError):
    """The node cannot send a probe."""


def discover(seconds: float, *, address: tuple[str, int] | None = None) -> Sequence[DiscoveredDevice]:
    """Return the devices that answer within `seconds`, by address; raises `DiscoveryError`.

    The probe goes to every interface of the node, or only to `address` (host, port).
    """
    found: dict[tuple[str, int], DiscoveredDevice] = {}
    with ExitStack() as stack:
        sockets = [stack.enter_context(each) for each in _sockets(address)]
        selector = stack.enter_context(selectors.DefaultSelector())
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        for data, sender in _answers(selector, sockets, address or (GROUP, PORT), monotonic() + seconds):
            for device in read_matches(data, sender):
                if len(found) < MAX_DEVICES:
                    found.setdefault((device.host, device.port), device)
    return [found[key] for key in sorted(found)]


def _sockets(address: tuple[str, int] | None) -> list[socket.socket]:
    if address is not None:
        try:
            family = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0][0]
        except OSError as error:
            raise DiscoveryError(f"{address[0]}: {error.strerror or error}") from None
        return [socket.socket(family, socket.SOCK_DGRAM)]
    made = []
    for number, _ in socket.if_nameindex():
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", b"\0" * 4, b"\0" * 4, number))
        made.append(one)
    return made


def _answers(
    selector: selectors.BaseSelector, sockets: Sequence[socket.socket], target: tuple[str, int], until: float
) -> Iterator[tuple[bytes, str]]:
    probe = build_probe()
    began, due = monotonic(), list(_REPEAT_AFTER_SECONDS)
    while (now := monotonic()) < until:
        if due and now >= began + due[0]:
            due.pop(0)
            _send(sockets, probe, target)
        following = min(until, began + due[0]) if due else until
        for key, _ in selector.select(max(0.0, following - monotonic())):
            one = key.fileobj
            if isinstance(one, socket.socket):
                data, sender = one.recvfrom(_MOST_BYTES)
                yield data, sender[0]


def _send(sockets: Sequence[socket.socket], probe: bytes, target: tuple[str, int]) -> None:
    """An interface that is down or has no address is passed over, but not all of them."""
    problems = []
    for one in sockets:
        try:
            one.sendto(probe, target)
        except OSError as error:
            problems.append(error)
    if len(problems) == len(sockets):
        raise DiscoveryError(f"no interface can send to {target[0]}: {problems[0].strerror if problems else 'none'}")
