"""Copies the packets of an open stream into the ring of its camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import av

from siaga_edge.camera.clips.packet_ring import PacketCut, PacketRing, RingPacket, StreamFormat
from siaga_edge.camera.view.masks import Spots

# Files carry lengths instead of start codes, and the parameter sets beside the packets.
_WITH_START_CODES: Final = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_OF_FILES: Final = b"\x01"


class PacketTap:
    """Belongs to the thread of the capture."""

    def __init__(self, ring: PacketRing, clock: Callable[[], datetime]) -> None:
        self._ring, self._clock = ring, clock
        self._filter: Any = None

    def begin(self, stream: Any) -> None:
        """A stream was opened."""
        codec, extradata = stream.codec_context, bytes(stream.codec_context.extradata or b"")
        self._filter = None
        if codec.name in _WITH_START_CODES and extradata.startswith(_OF_FILES):
            self._filter, extradata = av.BitStreamFilterContext(_WITH_START_CODES[codec.name], stream), b""
        self._ring.begin(
            StreamFormat(
                codec=codec.name,
                width=codec.width,
                height=codec.height,
                time_base=stream.time_base,
                extradata=extradata,
            )
        )

    def add(self, packet: Any) -> None:
        """A packet came; it is copied, because the library goes on with it."""
        if not packet.size:
            return
        at = self._clock()
        for made in self._filtered(packet):
            self._ring.add(
                RingPacket(data=bytes(made), is_keyframe=packet.is_keyframe, at=at, pts=packet.pts, dts=packet.dts)
            )

    def _filtered(self, packet: Any) -> Iterator[Any]:
        if self._filter is None:
            yield packet
            return
        copy = av.Packet(bytes(packet))
        copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
        yield from self._filter.filter(copy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSource:
    """What clips of one camera are made of: its ring, and the parts of the view that nobody may see."""

    ring: PacketRing
    masks: tuple[Spots, ...] = ()

    def cut(self, since: datetime, until: datetime) -> PacketCut | None:
        """The packets of a span; None where there are none."""
        return self.ring.cut(since, until)
