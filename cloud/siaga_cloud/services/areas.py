"""Which area a spot lies in, by an index over all polygons that is rebuilt when an area changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely import Point, STRtree
from shapely.geometry import shape

from siaga_cloud.db import areas
from siaga_cloud.db.areas import AreaShape
from siaga_cloud.db.connection import Connection

# The smallest area wins; levels from small to large.
_LEVELS = ("rw", "kelurahan", "kecamatan", "city", "province")


@dataclass(frozen=True, slots=True)
class _Index:
    version: str
    tree: STRtree
    shapes: Sequence[AreaShape]
    polygons: Sequence[Any]


class AreaLookup:
    """One per process; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: _Index | None = None

    def at(self, conn: Connection, *, lat: float, lon: float) -> str | None:
        """The id of the smallest area that holds the spot, None outside of all."""
        index = self._current(conn)
        spot = Point(lon, lat)
        found = [index.shapes[i] for i in index.tree.query(spot) if index.polygons[i].covers(spot)]
        inside = sorted(found, key=lambda area: (_LEVELS.index(area.level), area.id))
        return inside[0].id if inside else None

    def _current(self, conn: Connection) -> _Index:
        version = areas.version(conn)
        with self._lock:
            if self._index is None or self._index.version != version:
                self._index = _build(version, areas.shapes(conn))
            return self._index


def _build(version: str, shapes: Sequence[AreaShape]) -> _Index:
    polygons = [shape(area.geometry) for area in shapes]
    return _Index(version, STRtree(polygons), shapes, polygons)
