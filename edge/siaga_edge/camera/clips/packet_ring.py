"""Holds the encoded packets of a camera's last seconds, so that what happened before an event can still be shown."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

log = logging.getLogger(__name__)

# The end of a stay is noticed ten seconds after it, and what the view was worth five seconds later still.
RING_SECONDS = 30.0
# So much more than requested is shown where a keyframe lies there, which costs less than to encode anew.
MOST_LEAD_SECONDS = 2.0
_START_CODE = b"\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFormat:
    """What a decoder must know of a stream; `extradata` are the parameter sets of H.264 and HEVC, with start codes."""

    codec: str
    width: int
    height: int
    time_base: Fraction
    extradata: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPacket:
    """An encoded packet; `at` is when it arrived, by the clock of the node."""

    data: bytes = field(repr=False)
    is_keyframe: bool
    at: datetime
    pts: int | None
    dts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketCut:
    """Packets from a keyframe on. `since` is where the clip shall begin, which may lie after the keyframe."""

    format: StreamFormat
    packets: tuple[RingPacket, ...]
    since: datetime

    @property
    def size_bytes(self) -> int:
        """The size of the packets together."""
        return sum(len(packet.data) for packet in self.packets)


class PacketRing:
    """Written by the thread of the capture, cut by others. Bounded by time and by bytes; the oldest gives way."""

    def __init__(self, name: str, *, max_bytes: int, seconds: float = RING_SECONDS) -> None:
        self._name, self._max_bytes, self._seconds = name, max_bytes, seconds
        self._lock = threading.Lock()
        self._format: StreamFormat | None = None
        self._packets: deque[RingPacket] = deque()
        self._bytes = 0
        self._has_warned = False

    @property
    def size_bytes(self) -> int:
        """The size of the packets that are held."""
        return self._bytes

    def begin(self, stream_format: StreamFormat) -> None:
        """A stream was opened; what is held of the one before cannot be joined to it."""
        with self._lock:
            self._format = stream_format
            self._clear()

    def add(self, packet: RingPacket) -> None:
        """Append a packet. A ring begins with a keyframe, because nothing before one can be decoded."""
        with self._lock:
            if self._packets and packet.at < self._packets[-1].at:
                self._clear()  # the clock was set back
            if not self._packets and not packet.is_keyframe:
                return
            self._packets.append(packet)
            self._bytes += len(packet.data)
            self._make_room(packet.at)

    def cut(self, since: datetime, until: datetime) -> PacketCut | None:
        """What is held from `since` to `until`, from the keyframe before it on; None where nothing of it is held."""
        with self._lock:
            packets, stream_format = tuple(self._packets), self._format
        if stream_format is None:
            return None
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe and packet.at <= since]
        wanted = tuple(packet for packet in packets[keys[-1] if keys else 0 :] if packet.at <= until)
        if not wanted or wanted[-1].at < since:
            return None
        lead_seconds = (since - wanted[0].at).total_seconds()
        begins_at = wanted[0].at if lead_seconds <= MOST_LEAD_SECONDS else since
        return PacketCut(format=stream_format, packets=wanted, since=begins_at)

    def _make_room(self, now: datetime) -> None:
        while self._packets and (self._bytes > self._max_bytes or self._is_old(now)):
            if self._bytes > self._max_bytes and not self._has_warned:
                self._has_warned = True
                log.warning(
                    "camera %s: its packets of %g s need more than %d bytes; clips begin later",
                    self._name,
                    self._seconds,
                    self._max_bytes,
                )
            self._drop()
            while self._packets and not self._packets[0].is_keyframe:
                self._drop()

    def _is_old(self, now: datetime) -> bool:
        return (now - self._packets[0].at).total_seconds() > self._seconds

    def _drop(self) -> None:
        self._bytes -= len(self._packets.popleft().data)

    def _clear(self) -> None:
        self._packets.clear()
        self._bytes = 0


def with_parameter_sets(packet: RingPacket, stream_format: StreamFormat) -> bytes:
    """The first packet of a cut as a decoder or a file needs it: a camera may have sent these only at the start."""
    sets = stream_format.extradata
    return sets + packet.data if sets.startswith((_START_CODE, _START_CODE[1:])) else packet.data
