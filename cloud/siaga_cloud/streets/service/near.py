"""Finds the segments of streets near a place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shapely import LineString, Point, STRtree

from siaga_cloud.streets.store.segments import SegmentRow

_METRES_PER_DEGREE: Final = 111_195.0


@dataclass(frozen=True, slots=True)
class NearSegment:
    """Names a segment and its distance from a place."""

    segment: SegmentRow
    distance_m: float


class SegmentIndex:
    """Holds the segments of a city in metres, so that distances are right within a city."""

    def __init__(self, segments: Sequence[SegmentRow]) -> None:
        self._segments = segments
        self._shrink = math.cos(math.radians(segments[0].line[0])) if segments else 1.0
        self._tree = STRtree([LineString(self._corners(one.line)) for one in segments])

    def near(self, lat: float, lon: float, *, within_m: float) -> list[NearSegment]:
        """Return the segments within a distance, in the order of the segments."""
        place = Point(self._metres(lat, lon))
        found = sorted(int(index) for index in self._tree.query(place, predicate="dwithin", distance=within_m))
        return [NearSegment(self._segments[index], self._tree.geometries[index].distance(place)) for index in found]

    def _corners(self, line: Sequence[float]) -> list[tuple[float, float]]:
        return [self._metres(lat, lon) for lat, lon in zip(line[::2], line[1::2], strict=True)]

    def _metres(self, lat: float, lon: float) -> tuple[float, float]:
        return lon * self._shrink * _METRES_PER_DEGREE, lat * _METRES_PER_DEGREE
