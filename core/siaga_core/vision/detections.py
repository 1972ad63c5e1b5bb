"""What a detector found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from siaga_core.rules.geometry import Box

PERSON = "person"
TRASH = "trash"
VEHICLES = frozenset({"bicycle", "motorcycle", "car", "bus", "truck", "three_wheeler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One thing; `box` is in pixels of the image that was given, `score` 0..1."""

    label: str
    score: float
    box: Box


def above(detections: Iterable[Detection], thresholds: Mapping[str, float]) -> tuple[Detection, ...]:
    """Those whose score reaches the threshold of their label."""
    return tuple(found for found in detections if found.score >= thresholds.get(found.label, 1.0))


def sides(box: Box) -> tuple[float, float, float, float]:
    """Return x1, y1, x2 and y2 of a box."""
    return box.x1, box.y1, box.x2, box.y2


def in_shares(box: Box, *, width: int, height: int) -> Box:
    """A box in pixels as shares of the image, within 0..1."""
    return Box(
        min(1.0, max(0.0, box.x1 / width)),
        min(1.0, max(0.0, box.y1 / height)),
        min(1.0, max(0.0, box.x2 / width)),
        min(1.0, max(0.0, box.y2 / height)),
    )


def in_pixels(box: Box, *, width: int, height: int) -> Box:
    """A box in shares as pixels."""
    return _scaled(box, width, height)


def _scaled(box: Box, x: float, y: float) -> Box:
    return Box(box.x1 * x, box.y1 * y, box.x2 * x, box.y2 * y)
