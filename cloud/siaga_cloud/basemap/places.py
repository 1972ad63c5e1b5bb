"""Collects the names of streets, landmarks and quarters from the tiles, for the search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from siaga_cloud.basemap import vector_tile
from siaga_cloud.basemap.archive import Archive, Tile
from siaga_cloud.basemap.vector_tile import Corner, Property, TileError, TileFeature
from siaga_cloud.platform.import_errors import ImportFileError

PlaceKind: TypeAlias = Literal["street", "landmark", "area"]

_LAYER_KINDS: Final[Mapping[str, PlaceKind]] = {"roads": "street", "pois": "landmark", "places": "area"}
_MOST_PLACES: Final = 100_000
_SAME_TILES: Final = 1.5
"""A name that returns within so many tiles is the same street or place."""
_INDEX_ZOOM: Final = 14


@dataclass(frozen=True, slots=True)
class IndexedPlace:
    """Represents a name that can be searched, and where it is."""

    name: str
    kind: PlaceKind
    lat: float
    lon: float


def index_of(archive: Archive) -> list[IndexedPlace]:
    """Return the names in the tiles, each once for a street or place; raises `ImportFileError` for broken tiles."""
    near = _SAME_TILES * 360 / 2 ** min(archive.max_zoom, _INDEX_ZOOM)
    found: dict[tuple[str, str], list[list[IndexedPlace]]] = {}
    count = 0
    for one in _places(archive):
        groups = found.setdefault((one.name, one.kind), [])
        group = next((some for some in groups if any(_is_near(one, other, near) for other in some)), None)
        if group is not None:
            group.append(one)
        elif count < _MOST_PLACES:
            groups.append([one])
            count += 1
    return [_middle_of(some) for _, groups in sorted(found.items()) for some in groups]


def _middle_of(group: Sequence[IndexedPlace]) -> IndexedPlace:
    """Return the one that lies nearest to the middle of all: a long street is found in several tiles."""
    lat, lon = (sum(one.lat for one in group) / len(group), sum(one.lon for one in group) / len(group))
    return min(group, key=lambda one: (abs(one.lat - lat) + abs(one.lon - lon), one.lat, one.lon))


def _places(archive: Archive) -> Iterator[IndexedPlace]:
    for tile, body in archive.tiles(min(archive.max_zoom, _INDEX_ZOOM)):
        try:
            layers = vector_tile.decode(body, _LAYER_KINDS)
        except TileError as error:
            raise ImportFileError(f"{archive.path}: tile {'/'.join(map(str, tile))}: {error}") from error
        for layer, features in layers.items():
            yield from _named(tile, _LAYER_KINDS[layer], features)


def _named(tile: Tile, kind: PlaceKind, features: Iterable[TileFeature]) -> Iterator[IndexedPlace]:
    for one in features:
        name = name_of(one.properties)
        if name and one.parts:
            yield IndexedPlace(name, kind, *_degrees(tile, _middle(one.parts)))


def name_of(properties: Mapping[str, Property]) -> str:
    """Return the name of a feature of a tile; empty where it has none."""
    return " ".join(str(properties.get("name:id") or properties.get("name") or "").split())[:120]


def _middle(parts: tuple[tuple[Corner, ...], ...]) -> Corner:
    longest = max(parts, key=len)
    return longest[len(longest) // 2]


def _degrees(tile: Tile, corner: Corner) -> tuple[float, float]:
    zoom, x, y = tile
    column, row = x + corner[0] / vector_tile.EXTENT, y + corner[1] / vector_tile.EXTENT
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
    return round(lat, 5), round(column / 2**zoom * 360 - 180, 5)


def _is_near(one: IndexedPlace, other: IndexedPlace, degrees: float) -> bool:
    return abs(one.lat - other.lat) < degrees and abs(one.lon - other.lon) < degrees
