"""Decodes a cut of packets, and writes MP4 files: packets as they are, or frames encoded as H.264."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from siaga_core.vision.errors import VisionError
from siaga_core.vision.image import Image, size_of
from siaga_edge.camera.clips.packet_ring import PacketCut, RingPacket, with_parameter_sets

MIME: Final = "video/mp4"
_MILLISECOND: Final = Fraction(1, 1000)
# The index lies at the front, so that a browser shows the first frame before it has the whole file.
_MOVFLAGS: Final = {"movflags": "+faststart"}


class ClipError(VisionError):
    """A clip that cannot be made; the reason is its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutFrame:
    """A decoded frame, `at_seconds` after the start of the clip; `image` is scaled to the clip's size."""

    image: Image
    at_seconds: float


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

    return _written(write)


def decoded(cut: PacketCut, *, fps: float, max_side: int) -> Iterator[CutFrame]:
    """Frames of the clip at most `fps` a second, its longer side at most `max_side`; raises `ClipError`."""
    stamps = _stamps(cut.packets, cut.format.time_base)
    start = stamps.seconds_of(cut.since)
    due = 0.0
    for frame in _frames(cut, stamps):
        at_seconds = float(frame.pts * frame.time_base) - start if frame.pts is not None else due
        if at_seconds < -1e-3 or at_seconds + 0.1 / fps < due:
            continue
        due = max(due, at_seconds) + 1 / fps
        yield CutFrame(image=_scaled(frame, max_side), at_seconds=max(0.0, at_seconds))


def encoded(frames: Iterable[CutFrame], *, fps: float, most_bits_per_second: int) -> bytes:
    """Frames as H.264 in an MP4 file that every browser plays; raises `ClipError`."""

    def write(container: Any) -> None:
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = _h264(container, frame.image, fps, most_bits_per_second)
            video_frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image), format="bgr24")
            video_frame.pts, video_frame.time_base = round(frame.at_seconds / _MILLISECOND), _MILLISECOND
            container.mux(stream.encode(video_frame))
        if stream is None:
            raise ClipError("no frame can be decoded")
        container.mux(stream.encode())

    return _written(write)


def _h264(container: Any, image: Image, fps: float, most_bits_per_second: int) -> Any:
    width, height = size_of(image)
    stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base, stream.codec_context.thread_count = _MILLISECOND, 1
    kilobits = f"{most_bits_per_second // 1000}k"
    stream.options = {
        "preset": "veryfast", "crf": "26", "maxrate": kilobits, "bufsize": kilobits, "profile": "main",
        "g": str(max(1, round(2 * fps))),
    }  # fmt: skip
    return stream


def _written(write: Any) -> bytes:
    # A file, because the index at the front is written by reading the file again.
    with tempfile.TemporaryDirectory(prefix="siaga-clip-") as folder:
        path = Path(folder) / "clip.mp4"
        try:
            with av.open(str(path), "w", format="mp4", options=_MOVFLAGS) as container:
                write(container)
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError(f"the clip cannot be written: {error}") from None
        return path.read_bytes()


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
    return _Stamps(packets, time_base if are_own else _MILLISECOND, are_own)


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


def _scaled(frame: Any, max_side: int) -> Image:
    share = min(1.0, max_side / max(frame.width, frame.height))
    # H.264 halves the colours, so both sides must be even.
    width, height = (max(2, round(side * share / 2) * 2) for side in (frame.width, frame.height))
    return np.ascontiguousarray(frame.to_ndarray(format="bgr24", width=width, height=height))
