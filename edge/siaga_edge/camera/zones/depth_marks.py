"""Marks of known height in the view of a road: which are under water, and how deep the road is by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga_core.rules import depth
from siaga_core.rules.depth import DepthWatch
from siaga_core.rules.geometry import Box, Point
from siaga_edge.settings import CameraSettings, MarkSettings, ZoneSettings
from siaga_edge.vision.water import WaterMap

COVERED_FROM = 0.5  # mean probability of water in the disc round a mark
_RADIUS = 0.008  # of the image's width: a few pixels of the water model's map
_LEAST_RETAINED_SECONDS, _LOOKS_RETAINED = 600.0, 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkObservation:
    """One mark in one look; `covered` None: something stands before it."""

    at: Point
    text: str
    covered: bool | None


class DepthMarks:
    """The marks of one road; remembers how the last looks found them."""

    def __init__(self, camera: CameraSettings, zone: ZoneSettings) -> None:
        self._marks = zone.marks
        self._heights = [mark.depth_cm for mark in zone.marks]
        self._retention = timedelta(seconds=max(_LEAST_RETAINED_SECONDS, camera.water_every_seconds * _LOOKS_RETAINED))
        self._watch = DepthWatch()
        self.seen: tuple[MarkObservation, ...] = ()

    @property
    def depth_cm(self) -> float | None:
        """The height of the highest mark under water; None where none is or none could be seen."""
        return depth.depth_cm(self._watch, self._heights)

    @property
    def top(self) -> float:
        """The highest mark in the image, as a share of its height; 1 where there is none."""
        return min((mark.at[1] for mark in self._marks), default=1.0)

    def see(self, water: WaterMap, *, hidden_by: Iterable[Box], at: datetime) -> None:
        """Record which marks one look for water shows as covered."""
        boxes = list(hidden_by)
        found = [is_covered(water, mark.at, hidden_by=boxes) for mark in self._marks]
        self._watch = depth.step(self._watch, found, at=at, retain_for=self._retention)
        self.seen = tuple(
            MarkObservation(at=Point(*mark.at), text=_text(mark), covered=now)
            for mark, now in zip(self._marks, found, strict=True)
        )


def is_covered(water: WaterMap, spot: tuple[float, float], *, hidden_by: Sequence[Box]) -> bool | None:
    """Whether a spot (in shares) is under water; None where a thing stands before it."""
    point = Point(*spot)
    if any(box.x1 <= point.x <= box.x2 and box.y1 <= point.y <= box.y2 for box in hidden_by):
        return None
    return water.near(point, radius=_RADIUS) > COVERED_FROM


def _text(mark: MarkSettings) -> str:
    return f"{mark.depth_cm:g} cm {mark.name}".rstrip()
