"""Points, boxes and polygons of an image, and distances on the ground.

Image coordinates are shares of width and height (0..1), origin top left, unless a caller says otherwise; nothing
here depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Point:
    """A spot in an image."""

    x: float
    y: float


Polygon: TypeAlias = Sequence[Point]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box; x1 <= x2 and y1 <= y2."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def area(self) -> float:
        """In squared units of the coordinates."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)

    @property
    def lower_half(self) -> Box:
        """The half of the box that is nearer to the ground."""
        return Box(self.x1, (self.y1 + self.y2) / 2, self.x2, self.y2)

    @property
    def bottom_centre(self) -> Point:
        """Where the thing stands on the ground."""
        return Point((self.x1 + self.x2) / 2, self.y2)

    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Clockwise from the top left."""
        return (Point(self.x1, self.y1), Point(self.x2, self.y1), Point(self.x2, self.y2), Point(self.x1, self.y2))


@dataclass(frozen=True, slots=True)
class LatLon:
    """A spot on the ground, WGS 84 degrees."""

    lat: float
    lon: float


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0..1; 0 for two empty boxes."""
    if a.x2 <= b.x1 or b.x2 <= a.x1 or a.y2 <= b.y1 or b.y2 <= a.y1:
        return 0.0  # most pairs in an image, and trackers ask for thousands a second
    shared = (min(a.x2, b.x2) - max(a.x1, b.x1)) * (min(a.y2, b.y2) - max(a.y1, b.y1))
    union = a.area + b.area - shared
    return shared / union if union > 0 else 0.0


def contains(polygon: Polygon, point: Point) -> bool:
    """Whether a point lies inside (even-odd rule, as in SVG); the outline itself may fall either way."""
    inside = False
    for a, b in _edges(polygon):
        if (a.y > point.y) != (b.y > point.y) and point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x:
            inside = not inside
    return inside


def polygon_area(polygon: Polygon) -> float:
    """Area by the shoelace formula, never negative."""
    # Seen from the middle of the shape: far from the origin the products would cancel and leave rounding only.
    mid_x, mid_y = _middle([point.x for point in polygon]), _middle([point.y for point in polygon])
    edges = _edges([Point(point.x - mid_x, point.y - mid_y) for point in polygon])
    return abs(sum(a.x * b.y - b.x * a.y for a, b in edges)) / 2


def share_of_box_in(polygon: Polygon, box: Box) -> float:
    """Share of a box's area that lies inside a polygon that does not cross itself, 0..1; 0 for an empty box.

    Sutherland-Hodgman clipping of the polygon by the box. Where a concave polygon falls into several pieces, the
    clipping joins them by lines along the box's side, there and back, which add no area.
    """
    return min(1.0, polygon_area(_clipped(polygon, box)) / box.area) if box.area > 0 else 0.0


def distance_m(a: LatLon, b: LatLon) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def _middle(values: list[float]) -> float:
    return (min(values) + max(values)) / 2 if values else 0.0


def _edges(polygon: Polygon) -> list[tuple[Point, Point]]:
    return list(zip(polygon, [*polygon[1:], *polygon[:1]], strict=True))


def _clipped(polygon: Polygon, box: Box) -> list[Point]:
    clipped = _clip(list(polygon), axis="x", limit=box.x1, above=True)
    clipped = _clip(clipped, axis="x", limit=box.x2, above=False)
    clipped = _clip(clipped, axis="y", limit=box.y1, above=True)
    return _clip(clipped, axis="y", limit=box.y2, above=False)


def _clip(polygon: list[Point], *, axis: str, limit: float, above: bool) -> list[Point]:
    def inside_by(point: Point) -> float:
        value = point.x if axis == "x" else point.y
        return value - limit if above else limit - value

    remaining: list[Point] = []
    for a, b in _edges(polygon):
        in_a, in_b = inside_by(a), inside_by(b)
        if in_a >= 0:
            remaining.append(a)
        if (in_a >= 0) != (in_b >= 0):
            along = in_a / (in_a - in_b)
            remaining.append(Point(a.x + (b.x - a.x) * along, a.y + (b.y - a.y) * along))
    return remaining
