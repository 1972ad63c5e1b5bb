"""Searches streets, landmarks, areas and gauges by name."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siaga_cloud.basemap import folder
from siaga_cloud.city.service.gazetteer import places_of_areas
from siaga_cloud.city.store import gazetteer
from siaga_cloud.gauges.store import gauges
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.text.search import SearchedPlace, find_places, search_words

_SAME_PLACE_M: Final = 1500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace(SearchedPlace):
    """Represents a place that can be found; `id` where it is an area or gauge."""

    id: str | None
    middle: LatLon


class PlaceSearch:
    """Caches the names until the gazetteer, the areas or the basemap change; a process has one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[str, list[FoundPlace]] | None = None

    def find(self, conn: Connection, typed: str, *, basemap: Path | None, most: int) -> list[FoundPlace]:
        """Return the places whose names have all words typed, the best first."""
        named = [_place(one.name, "gauge", one.lat, one.lon, one.id) for one in gauges.gauges(conn)]
        found = find_places([*named, *self._names(conn, basemap)], typed, most)
        return [one for one in found if isinstance(one, FoundPlace)]

    def _names(self, conn: Connection, basemap: Path | None) -> list[FoundPlace]:
        version = f"{gazetteer.version(conn)} {folder.read_index(basemap).get('file') if basemap else ''}"
        with self._lock:
            if self._made is None or self._made[0] != version:
                self._made = (version, once(_all_names(conn, basemap)))
            return self._made[1]


def once(places: Iterable[FoundPlace]) -> list[FoundPlace]:
    """Return each place once: a landmark of the gazetteer and of the basemap under one name is one place."""
    held: dict[tuple[str, tuple[str, ...]], list[FoundPlace]] = {}
    for one in places:
        same = held.setdefault((one.kind, one.words), [])
        if all(distance_m(one.middle, other.middle) > _SAME_PLACE_M for other in same):
            same.append(one)
    return [one for some in held.values() for one in some]


def _all_names(conn: Connection, basemap: Path | None) -> Iterator[FoundPlace]:
    for area in places_of_areas(gazetteer.outlines(conn)):
        yield _place(area.name, "area", area.middle.lat, area.middle.lon, area.id)
    for place in gazetteer.places(conn):
        yield _place(place.name, place.kind, place.middle.lat, place.middle.lon, None)
    for one in folder.read_places(basemap) if basemap else ():
        yield _place(one.name, one.kind, one.lat, one.lon, None)


def _place(name: str, kind: str, lat: float, lon: float, place_id: str | None) -> FoundPlace:
    return FoundPlace(name=name, kind=kind, words=search_words(name), id=place_id, middle=LatLon(lat=lat, lon=lon))
