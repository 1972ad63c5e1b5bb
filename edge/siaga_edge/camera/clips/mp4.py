"""Decodes a cut of packets, and writes MP4 files of packets as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av

from siaga_core.vision.video_files import MILLISECOND, ClipError, ClipFrame, scaled, written
from siaga_edge.camera.clips.packet_ring import PacketCut, RingPacket, with_parameter_sets

MIME: Final = "video/mp4"


def copied(cut: PacketCut) -> bytes:
    """The packets as an MP4 file, without encoding anything again; raises `ClipError`."""
    stamps = _stamps(cut.packets, cut.format.time_base)

    def write(container: Any) -> None:
        size = {"width": cut.format.width, "height": cut.format.height}
        stream = container.add_mux_stream(cut.format.codec, time_base=stamps.time_base, **size)
        for number, packet in enumerate(_packets(cut, stamps)):
            packet.stream = stream
            packet.is_keyframe = cut.packets[number].is_keyframe
            container.mux(packet)

    return written(write)


def decoded(cut: PacketCut, *, fps: float, max_side: int) -> Iterator[ClipFrame]:
    """Frames of the clip at most `fps` a second, its longer side at most `max_side`; raises `ClipError`."""
    stamps = _stamps(cut.packets, cut.format.time_base)
    start = stamps.seconds_of(cut.since)
    due = 0.0
    for frame in _frames(cut, stamps):
        at_seconds = float(frame.pts * frame.time_base) - start if frame.pts is not None else due
        if at_seconds < -1e-3 or at_seconds + 0.1 / fps < due:
            continue
        due = max(due, at_seconds) + 1 / fps
        yield ClipFrame(image=scaled(frame, max_side), at_seconds=max(0.0, at_seconds))


@dataclass(frozen=True, slots=True)
class _Stamps:
    """The stamps of a cut: the stream's own where every packet has one, else the times of arrival."""

    packets: tuple[RingPacket, ...]
    time_base: Fraction
    are_own: bool

    def of(self, packet: RingPacket) -> tuple[int, int]:
        """Presentation and decoding time, the first decoding time being about zero."""
        if not self.are_own:
            at = round((packet.at - self.packets[0].at).total_seconds() / self.time_base)
            return at, at
        pts = packet.pts or 0
        dts = pts if packet.dts is None else packet.dts
        return pts - self._first, dts - self._first

    @property
    def _first(self) -> int:
        first = self.packets[0]
        return (first.pts or 0) if first.dts is None else min(first.dts, first.pts or 0)

    def seconds_of(self, at: Any) -> float:
        """Where in these stamps a time of arrival lies."""
        nearest = min(self.packets, key=lambda packet: abs((packet.at - at).total_seconds()))
        if nearest is self.packets[0]:
            return 0.0
        seconds: float = (at - nearest.at).total_seconds()
        return float(self.of(nearest)[0] * self.time_base) + seconds


def _stamps(packets: tuple[RingPacket, ...], time_base: Fraction) -> _Stamps:
    own = [packet.pts for packet in packets]
    are_own = all(pts is not None for pts in own) and len(set(own)) == len(own)
    return _Stamps(packets, time_base if are_own else MILLISECOND, are_own)


def _packets(cut: PacketCut, stamps: _Stamps) -> Iterator[Any]:
    step = _usual_step(cut.packets, stamps)
    for number, packet in enumerate(cut.packets):
        made = av.Packet(packet.data if number else with_parameter_sets(packet, cut.format))
        made.pts, made.dts = stamps.of(packet)
        made.time_base, made.duration = stamps.time_base, step
        yield made


def _usual_step(packets: tuple[RingPacket, ...], stamps: _Stamps) -> int:
    """The time of one frame: a file whose last packet has none ends before that frame is shown."""
    if len(packets) < 2:
        return 1
    first, last = stamps.of(packets[0])[1], stamps.of(packets[-1])[1]
    return max(1, (last - first) // (len(packets) - 1))


def _frames(cut: PacketCut, stamps: _Stamps) -> Iterator[Any]:
    try:
        decoder: Any = av.CodecContext.create(cut.format.codec, "r")
    except av.error.FFmpegError as error:
        raise ClipError(f"{cut.format.codec}: {error}") from None
    decoder.thread_count = 1
    for packet in [*_packets(cut, stamps), None]:
        try:
            yield from decoder.decode(packet)
        except av.error.InvalidDataError:
            continue  # a damaged packet costs its own frames only
