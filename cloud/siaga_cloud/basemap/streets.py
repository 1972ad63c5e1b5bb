"""Finds the street at a place in the tiles of the basemap, with the part of its line that lies around the place."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression
from shapely.geometry import LineString, Point

from siaga_cloud.basemap import folder, vector_tile
from siaga_cloud.basemap.archive import Tile
from siaga_cloud.basemap.places import name_of
from siaga_cloud.basemap.vector_tile import EXTENT, LINE, Corner, TileError

Place: TypeAlias = tuple[float, float]
"""Latitude and longitude."""

_METRES_PER_DEGREE: Final = 111_195.0
_ROADS: Final = "roads"
_CACHED: Final = 2000


@dataclass(frozen=True, slots=True)
class Street:
    """Represents a street of the map: its name, and the part of its line near a place as pairs of latitude and
    longitude.
    """

    name: str
    line: tuple[Place, ...]


def street_at(basemap: Path | None, place: Place, *, radius_m: float) -> Street | None:
    """Return the nearest named street within a radius, and its line within it.

    None where the map has no such street, where there is no basemap, and where it is schematic: the streets of a drawn
    map are not where it draws them.
    """
    index = folder.read_index(basemap) if basemap is not None else {}
    if basemap is None or not index.get("file") or index.get("schematic"):
        return None
    try:
        return _street_at(basemap / str(index["file"]), int(index["max_zoom"]), place, radius_m)
    except (OSError, EOFError, TileError):
        return None  # of a file that an import has just replaced, or that is broken


@lru_cache(maxsize=_CACHED)
def _street_at(path: Path, zoom: int, place: Place, radius_m: float) -> Street | None:
    """The name of a file has the digest of its content in it, so that a result stays right."""
    middle, around = Point(0, 0), Point(0, 0).buffer(radius_m)
    lines = [
        (name, LineString([_metres(corner, place) for corner in line]))
        for name, line in _streets(path, zoom, place, radius_m)
    ]
    near = [(line.distance(middle), name, line) for name, line in lines if line.distance(middle) <= radius_m]
    if not near:
        return None
    _, name, line = min(near, key=lambda one: (one[0], one[1]))
    inside = line.intersection(around)
    part = min(getattr(inside, "geoms", [inside]), key=lambda one: one.distance(middle))
    return Street(name, tuple(_degrees(corner, place) for corner in part.coords))


def _streets(path: Path, zoom: int, place: Place, radius_m: float) -> Iterator[tuple[str, list[Place]]]:
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        is_gzipped = reader.header()["tile_compression"] is Compression.GZIP
        for tile in _tiles_around(place, radius_m, zoom):
            body = reader.get(*tile)
            if body is not None:
                yield from _named_lines(tile, gzip.decompress(body) if is_gzipped else body)


def _named_lines(tile: Tile, body: bytes) -> Iterator[tuple[str, list[Place]]]:
    for one in vector_tile.decode(body, [_ROADS]).get(_ROADS, []):
        name = name_of(one.properties)
        if one.kind == LINE and name:
            for part in one.parts:
                if len(part) > 1:
                    yield name, [_place_of(tile, corner) for corner in part]


def _tiles_around(place: Place, radius_m: float, zoom: int) -> list[Tile]:
    lat_reach = radius_m / _METRES_PER_DEGREE
    lon_reach = lat_reach / math.cos(math.radians(place[0]))
    columns, rows = set(), set()
    for side in (-1, 1):
        column, row = _tile_of((place[0] + side * lat_reach, place[1] + side * lon_reach), zoom)
        columns.add(column)
        rows.add(row)
    return [(zoom, column, row) for column in sorted(columns) for row in sorted(rows)]


def _tile_of(place: Place, zoom: int) -> tuple[int, int]:
    count = 2**zoom
    mercator = math.asinh(math.tan(math.radians(place[0])))
    return int((place[1] + 180) / 360 * count), int((1 - mercator / math.pi) / 2 * count)


def _place_of(tile: Tile, corner: Corner) -> Place:
    zoom, x, y = tile
    column, row = x + corner[0] / EXTENT, y + corner[1] / EXTENT
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
    return lat, column / 2**zoom * 360 - 180


def _metres(corner: Place, origin: Place) -> Place:
    east = (corner[1] - origin[1]) * _METRES_PER_DEGREE * math.cos(math.radians(origin[0]))
    return east, (corner[0] - origin[0]) * _METRES_PER_DEGREE


def _degrees(corner: tuple[float, ...], origin: Place) -> Place:
    lat = origin[0] + corner[1] / _METRES_PER_DEGREE
    return round(lat, 6), round(origin[1] + corner[0] / (_METRES_PER_DEGREE * math.cos(math.radians(origin[0]))), 6)
