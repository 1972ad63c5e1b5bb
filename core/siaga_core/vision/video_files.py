"""Writes frames as MP4 files that every browser plays, and reads the frames of such files."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from siaga_core.vision.errors import VisionError
from siaga_core.vision.image import Image, size_of

MILLISECOND: Final = Fraction(1, 1000)
# The index lies at the front, so that a browser shows the first frame before it has the whole file.
_MOVFLAGS: Final = {"movflags": "+faststart"}
# A larger frame is refused before its pixels are converted; 8K is the largest of today's cameras.
_MOST_PIXELS: Final = 7680 * 4320


class ClipError(VisionError):
    """A clip that cannot be read or made; the reason is its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFrame:
    """A decoded frame, `at_seconds` after the start of the clip; `image` is scaled to the clip's size."""

    image: Image
    at_seconds: float


@dataclass(slots=True)
class ClipSize:
    """Holds the size and the last moment of the frames that have passed through `measured`."""

    width: int = 0
    height: int = 0
    last_at_seconds: float = 0.0

    def measured(self, frames: Iterable[ClipFrame]) -> Iterator[ClipFrame]:
        """Yield the same frames."""
        for frame in frames:
            self.width, self.height = size_of(frame.image)
            self.last_at_seconds = frame.at_seconds
            yield frame


def encoded(frames: Iterable[ClipFrame], *, fps: float, most_bits_per_second: int) -> bytes:
    """Return frames as H.264 in an MP4 file that every browser plays; raises `ClipError`."""

    def write(container: Any) -> None:
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = _h264(container, frame.image, fps, most_bits_per_second)
            video_frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image), format="bgr24")
            video_frame.pts, video_frame.time_base = round(frame.at_seconds / MILLISECOND), MILLISECOND
            container.mux(stream.encode(video_frame))
        if stream is None:
            raise ClipError("no frame can be decoded")
        container.mux(stream.encode())

    return written(write)


def written(write: Callable[[Any], None]) -> bytes:
    """Return the MP4 file that `write` fills, given PyAV's container; raises `ClipError`."""
    # A file, because the index at the front is written by reading the file again.
    with tempfile.TemporaryDirectory(prefix="siaga-clip-") as folder:
        path = Path(folder) / "clip.mp4"
        try:
            with av.open(str(path), "w", format="mp4", options=_MOVFLAGS) as container:
                write(container)
        except (av.error.FFmpegError, ValueError) as error:
            raise ClipError(f"the clip cannot be written: {error}") from None
        return path.read_bytes()


def frames_of(mp4: bytes, *, fps: float, max_side: int, most_seconds: float) -> Iterator[ClipFrame]:
    """Yield at most `fps` frames a second of the first `most_seconds` of an MP4 file; raises `ClipError`.

    A file that is cut off yields the frames before the cut; one frame is held at a time.
    """
    due = 0.0
    for at_seconds, frame in _decoded(mp4):
        if at_seconds > most_seconds:
            return
        if at_seconds + 0.1 / fps < due:
            continue
        due = max(due + 1 / fps, at_seconds + 0.5 / fps)  # a grid, so that the frames' own rate does not lower it
        yield ClipFrame(image=scaled(frame, max_side), at_seconds=at_seconds)


def scaled(frame: Any, max_side: int) -> Image:
    """Return the pixels of PyAV's frame, its longer side at most `max_side` and both sides even, as H.264 needs."""
    share = min(1.0, max_side / max(frame.width, frame.height))
    width, height = (max(2, round(side * share / 2) * 2) for side in (frame.width, frame.height))
    return np.ascontiguousarray(frame.to_ndarray(format="bgr24", width=width, height=height))


def _decoded(mp4: bytes) -> Iterator[tuple[float, Any]]:
    """Yield the frames of the first picture stream with their seconds after the first one."""
    began: float | None = None
    try:
        with av.open(io.BytesIO(mp4), "r", format="mp4") as container:
            if not container.streams.video:
                raise ClipError("the file has no pictures")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            frames: Iterator[Any] = container.decode(stream)
            for frame in frames:
                if frame.width * frame.height > _MOST_PIXELS:
                    raise ClipError(f"got frames of {frame.width} x {frame.height}, expected at most 7680 x 4320")
                if frame.time is None:
                    continue
                began = frame.time if began is None else began
                yield max(0.0, frame.time - began), frame
    except (av.error.FFmpegError, ValueError) as error:
        if began is None:
            raise ClipError(f"the file cannot be read as MP4: {error}") from None


def _h264(container: Any, image: Image, fps: float, most_bits_per_second: int) -> Any:
    width, height = size_of(image)
    stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base, stream.codec_context.thread_count = MILLISECOND, 1
    kilobits = f"{most_bits_per_second // 1000}k"
    stream.options = {
        "preset": "veryfast", "crf": "26", "maxrate": kilobits, "bufsize": kilobits, "profile": "main",
        "g": str(max(1, round(2 * fps))),
    }  # fmt: skip
    return stream
