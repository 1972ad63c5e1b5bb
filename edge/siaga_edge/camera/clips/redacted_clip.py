"""Makes the clip that may leave a node: masked places black, people and plates unrecognisable in every frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from siaga_core.rules.geometry import Box
from siaga_core.vision.clip_redaction import redacted_frames, regions_to_hide
from siaga_core.vision.detections import in_pixels
from siaga_core.vision.image import size_of
from siaga_core.vision.ports import Detector
from siaga_core.vision.video_files import ClipError, ClipFrame, ClipSize, encoded
from siaga_edge.camera.clips import mp4
from siaga_edge.camera.clips.packet_ring import PacketCut
from siaga_edge.camera.view.masks import Spots, burn_in
from siaga_edge.vision.drawing import ALARM_COLOUR, draw_box

MAX_CLIP_BYTES: Final = 3 * 1024 * 1024  # with its header less than the largest message of the wire
MAX_SIDE: Final = 640
FPS: Final = 5.0
MOST_FRAMES: Final = 200
MOST_BITS_PER_SECOND: Final = 800_000


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
    regions = regions_to_hide(_masked_frames(cut, marks), detector, between=between)
    total = sum(len(found) for found in regions)
    content = _copied(cut, len(regions)) if not total and not marks.masks else None
    is_copied = content is not None
    size = ClipSize()
    if content is None:
        frames = _marked_frames(redacted_frames(_masked_frames(cut, marks), regions), marks)
        content = encoded(size.measured(frames), fps=FPS, most_bits_per_second=MOST_BITS_PER_SECOND)
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


def _masked_frames(cut: PacketCut, marks: ClipMarks) -> Iterator[ClipFrame]:
    for number, frame in enumerate(mp4.decoded(cut, fps=FPS, max_side=MAX_SIDE)):
        if number == MOST_FRAMES:
            return
        burn_in(frame.image, marks.masks)
        yield frame


def _marked_frames(frames: Iterator[ClipFrame], marks: ClipMarks) -> Iterator[ClipFrame]:
    for frame in frames:
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
