"""Makes people and plates unrecognisable in every frame of a clip.

Every frame is looked at. A frame also hides what was found in the frames before and after it, because a detector that
misses somebody in one frame of a series must not show them in that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from siaga_core.rules.geometry import Box
from siaga_core.vision.anonymise import covered_regions, pixelate
from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import LookError
from siaga_core.vision.ports import Detector
from siaga_core.vision.video_files import ClipError, ClipFrame

# Lower than where anything is decided: what is hidden without need does no harm.
CLIP_FLOOR: Final = 0.1
_TRIES: Final = 3


def regions_to_hide(
    frames: Iterable[ClipFrame], detector: Detector, *, between: Callable[[], None] = lambda: None
) -> list[tuple[Box, ...]]:
    """Return what is to be hidden in each frame; raises `ClipError`, also where a frame cannot be looked at.

    `between` is called after each look.
    """
    found = []
    for frame in frames:
        found.append(covered_regions(_looked_at(frame, detector), floor=CLIP_FLOOR))
        between()
    if not found:
        raise ClipError("no frame can be decoded")
    return found


def redacted_frames(frames: Iterable[ClipFrame], regions: Sequence[tuple[Box, ...]]) -> Iterator[ClipFrame]:
    """Yield the same frames with the regions of their own, the one before and the one after made unrecognisable."""
    for number, frame in enumerate(frames):
        for near in regions[max(0, number - 1) : number + 2]:
            for region in near:
                pixelate(frame.image, region)
        yield frame


def _looked_at(frame: ClipFrame, detector: Detector) -> Sequence[Detection]:
    for _ in range(_TRIES - 1):
        try:
            return detector.detect(frame.image, floor=CLIP_FLOOR)
        except LookError:
            continue
    try:
        return detector.detect(frame.image, floor=CLIP_FLOOR)
    except LookError as error:
        raise ClipError(f"a frame was not looked at, so nobody knows whom to hide: {error}") from None
