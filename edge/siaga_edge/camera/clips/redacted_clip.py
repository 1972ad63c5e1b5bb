"""Makes the clip that may leave a node: masked places black, people and plates unrecognisable in every frame.

Every frame of a clip is looked at. A frame also hides what was found in the frames before and after it, because a
detector that misses somebody in one frame of a series must not show them in that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from siaga_core.rules.geometry import Box
from siaga_core.vision.anonymise import covered_regions, pixelate
from siaga_core.vision.detections import Detection, in_pixels
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import size_of
from siaga_core.vision.ports import Detector
from siaga_edge.camera.clips import mp4
from siaga_edge.camera.clips.mp4 import ClipError, CutFrame
from siaga_edge.camera.clips.packet_ring import PacketCut
from siaga_edge.camera.view.masks import Spots, burn_in
from siaga_edge.vision.drawing import ALARM_COLOUR, draw_box

MAX_CLIP_BYTES: Final = 3 * 1024 * 1024  # with its header less than the largest message of the wire
MAX_SIDE: Final = 640
FPS: Final = 5.0
MOST_FRAMES: Final = 200
MOST_BITS_PER_SECOND: Final = 800_000
# Lower than where anything is decided: what is hidden without need does no harm.
CLIP_FLOOR: Final = 0.1
_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipMarks:
    """What is hidden and shown in every frame: the camera's masks, and the place that the event is about."""

    masks: tuple[Spots, ...] = ()
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceClip:
    """A finished clip; `regions` counts what was found to hide in its frames, `is_copied` that nothing was encoded."""

    content: bytes = field(repr=False)
    began_at: datetime
    duration_seconds: float
    width: int
    height: int
    frames: int
    regions: int
    is_copied: bool

    @property
    def sha256(self) -> str:
        """The name of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def make_redacted_clip(
    cut: PacketCut, detector: Detector, marks: ClipMarks, *, between: Callable[[], None] = lambda: None
) -> EvidenceClip:
    """Make the clip; raises `ClipError`, also where a frame cannot be looked at. `between` is called after each look.

    Memory is bounded: the regions of all frames are held, and the pixels of one. So the packets are decoded twice.
    """
    regions = _found_regions(cut, detector, marks, between)
    total = sum(len(found) for found in regions)
    content = _copied(cut, len(regions)) if not total and not marks.masks else None
    is_copied = content is not None
    size = _Size()
    if content is None:
        frames = size.measured(_redacted_frames(cut, regions, marks))
        content = mp4.encoded(frames, fps=FPS, most_bits_per_second=MOST_BITS_PER_SECOND)
    else:
        size.width, size.height = cut.format.width, cut.format.height
        size.last_at_seconds = (cut.packets[-1].at - cut.packets[0].at).total_seconds()
    if len(content) > MAX_CLIP_BYTES:
        raise ClipError(f"got {len(content)} bytes, expected at most {MAX_CLIP_BYTES}")
    return EvidenceClip(
        content=content,
        began_at=cut.since,
        duration_seconds=round(size.last_at_seconds + 1 / FPS, 2),
        width=size.width,
        height=size.height,
        frames=len(regions),
        regions=total,
        is_copied=is_copied,
    )


@dataclass(slots=True)
class _Size:
    width: int = 0
    height: int = 0
    last_at_seconds: float = 0.0

    def measured(self, frames: Iterator[CutFrame]) -> Iterator[CutFrame]:
        for frame in frames:
            self.width, self.height = size_of(frame.image)
            self.last_at_seconds = frame.at_seconds
            yield frame


def _masked_frames(cut: PacketCut, marks: ClipMarks) -> Iterator[CutFrame]:
    for number, frame in enumerate(mp4.decoded(cut, fps=FPS, max_side=MAX_SIDE)):
        if number == MOST_FRAMES:
            return
        burn_in(frame.image, marks.masks)
        yield frame


def _found_regions(
    cut: PacketCut, detector: Detector, marks: ClipMarks, between: Callable[[], None]
) -> list[tuple[Box, ...]]:
    found = []
    for frame in _masked_frames(cut, marks):
        found.append(covered_regions(_looked_at(frame, detector), floor=CLIP_FLOOR))
        between()
    if not found:
        raise ClipError("no frame can be decoded")
    return found


def _looked_at(frame: CutFrame, detector: Detector) -> Sequence[Detection]:
    for _ in range(_TRIES - 1):
        try:
            return detector.detect(frame.image, floor=CLIP_FLOOR)
        except LookError:
            continue
    try:
        return detector.detect(frame.image, floor=CLIP_FLOOR)
    except LookError as error:
        raise ClipError(f"a frame was not looked at, so nobody knows whom to hide: {error}") from None


def _redacted_frames(cut: PacketCut, regions: Sequence[tuple[Box, ...]], marks: ClipMarks) -> Iterator[CutFrame]:
    for number, frame in enumerate(_masked_frames(cut, marks)):
        for near in regions[max(0, number - 1) : number + 2]:
            for region in near:
                pixelate(frame.image, region)
        if marks.box is not None:
            width, height = size_of(frame.image)
            draw_box(frame.image, in_pixels(marks.box, width=width, height=height), text="", colour=ALARM_COLOUR)
        yield frame


def _copied(cut: PacketCut, looked_at: int) -> bytes | None:
    """The packets as they are, where every one of their frames was looked at and nothing in them is to be hidden."""
    own = cut.format
    if own.codec != "h264" or max(own.width, own.height) > MAX_SIDE or looked_at != len(cut.packets):
        return None
    return mp4.copied(cut) if cut.size_bytes < MAX_CLIP_BYTES else None
