"""Finds the area of a place by an index of all polygons, which is rebuilt when an area changes."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shapely import Point, STRtree, total_bounds
from shapely.geometry import shape

from siaga_cloud.city.store import areas
from siaga_cloud.city.store.areas import AreaShape
from siaga_cloud.platform.db.connection import Connection

# The smallest area wins; levels from small to large.
_LEVELS = ("rw", "kelurahan", "kecamatan", "city", "province")


@dataclass(frozen=True, slots=True)
class _Index:
    version: str
    tree: STRtree
    shapes: Sequence[AreaShape]
    polygons: Sequence[Any]


class AreaLookup:
    """Finds areas; a process has one, which its threads may share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: _Index | None = None

    def at(self, conn: Connection, *, lat: float, lon: float) -> str | None:
        """Return the id of the smallest area that holds the spot, None outside of all."""
        return _smallest(self._current(conn), lat, lon)

    def at_many(self, conn: Connection, places: Iterable[tuple[float, float]]) -> list[str | None]:
        """As `at` for each (lat, lon), by the same areas for all."""
        index = self._current(conn)
        return [_smallest(index, lat, lon) for lat, lon in places]

    def touched(self, conn: Connection, shapes: Iterable[Any], ids: Collection[str] = ()) -> set[str]:
        """Kelurahan that share ground with any of these shapes (lon, lat), or whose id is given."""
        index = self._current(conn)
        near = {int(i) for one in shapes for i in index.tree.query(one, predicate="intersects") if not one.is_empty}
        found = {index.shapes[i].id for i in near if index.shapes[i].level == "kelurahan"}
        return found | {area.id for area in index.shapes if area.id in ids}

    def bounds(self, conn: Connection) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all areas in degrees; None where none is drawn."""
        polygons = self._current(conn).polygons
        if not polygons:
            return None
        west, south, east, north = (float(side) for side in total_bounds(polygons))
        return (west, south, east, north)

    def _current(self, conn: Connection) -> _Index:
        version = areas.version(conn)
        with self._lock:
            if self._index is None or self._index.version != version:
                self._index = _build(version, areas.shapes(conn))
            return self._index


def _smallest(index: _Index, lat: float, lon: float) -> str | None:
    spot = Point(lon, lat)
    found = [index.shapes[i] for i in index.tree.query(spot) if index.polygons[i].covers(spot)]
    inside = sorted(found, key=lambda area: (_LEVELS.index(area.level), area.id))
    return inside[0].id if inside else None


def _build(version: str, shapes: Sequence[AreaShape]) -> _Index:
    polygons = [shape(area.geometry) for area in shapes]
    return _Index(version, STRtree(polygons), shapes, polygons)
