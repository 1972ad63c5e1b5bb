"""Builds the list of places that messages may name from the gazetteer and the areas, and caches it until either
changes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from typing import Final

from shapely.geometry import shape

from siaga_cloud.city.store import gazetteer as db
from siaga_cloud.city.store.gazetteer import AreaOutline
from siaga_cloud.city.word_lists import everyday_names, short_forms
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.place import Gazetteer, Place, gazetteer

_DEGREE_M: Final = 111_195.0


class GazetteerLookup:
    """Caches the places; a process has one, which its threads may share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[str, Gazetteer] | None = None

    def current(self, conn: Connection) -> Gazetteer:
        """Return the index over what the database holds now."""
        version = db.version(conn)
        with self._lock:
            if self._made is None or self._made[0] != version:
                places = [*db.places(conn), *places_of_areas(db.outlines(conn))]
                self._made = (version, gazetteer(places, short_forms(), everyday_names()))
            return self._made[1]


def places_of_areas(outlines: Iterable[AreaOutline]) -> Iterator[Place]:
    """Yield each area as a place: the middle of its outline, and the radius of a circle as large."""
    for outline in outlines:
        area = shape(outline.geometry)
        middle = area.centroid
        square_m = area.area * _DEGREE_M**2 * math.cos(math.radians(middle.y))
        yield Place(
            id=outline.id,
            name=outline.name,
            kind=outline.level,
            middle=LatLon(lat=round(middle.y, 6), lon=round(middle.x, 6)),
            radius_m=round(max(50.0, math.sqrt(square_m / math.pi))),
        )
