"""Decodes clips in the order and at the times that their own stamps say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from siaga_core.vision.errors import ImageError
from siaga_core.vision.image import Image

CLIP_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".m4v", ".mjpeg", ".mpg", ".flv", ".264"})
MAX_SIDE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFrame:
    """One decoded frame; `at_s` is seconds since the clip's first frame."""

    image: Image
    at_s: float
    number: int


def clip_frames(path: Path, *, every_seconds: float = 0.0) -> Iterator[ClipFrame]:
    """Frames at least `every_seconds` apart (0: each one); raises `ImageError` if none can be decoded."""
    if not path.is_file():
        raise ImageError(f"{path}: expected a clip that exists")
    try:
        with av.open(str(path)) as container:
            yield from _sampled(container, path, every_seconds)
    except av.error.FFmpegError as error:
        raise ImageError(f"{path}: cannot be decoded, expected a video clip: {error.strerror}") from None


def to_image(frame: Any) -> Image:
    """A decoded frame as 8-bit BGR, upright as the stream's display matrix says."""
    image = frame.to_ndarray(format="bgr24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _sampled(container: Any, path: Path, every_seconds: float) -> Iterator[ClipFrame]:
    if not container.streams.video:
        raise ImageError(f"{path}: expected a clip with a video stream")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    captured = 0
    first: float | None = None
    due = 0.0
    for number, frame in enumerate(decoded(container, stream)):
        if max(frame.width, frame.height) > MAX_SIDE:
            raise ImageError(f"{path}: {frame.width} x {frame.height} pixels, expected at most {MAX_SIDE} a side")
        seconds = _seconds(frame, number, stream)
        first = seconds if first is None else first
        at_s = round(seconds - first, 6)
        if at_s + 1e-6 >= due:
            yield ClipFrame(image=to_image(frame), at_s=at_s, number=number)
            captured += 1
            due = at_s + every_seconds if every_seconds else 0.0
    if not captured:
        raise ImageError(f"{path}: no frame can be decoded, expected a video clip")


def decoded(container: Any, stream: Any) -> Iterator[Any]:
    """The frames of a stream; a damaged packet costs its own frames only."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _seconds(frame: Any, number: int, stream: Any) -> float:
    if frame.pts is not None and frame.time_base is not None:
        return float(frame.pts * frame.time_base)
    return number / float(stream.average_rate or 25)
