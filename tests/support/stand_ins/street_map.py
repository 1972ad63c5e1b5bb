"""A basemap with one named street, from west to east through a place, for tests that need a street to be there."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Final

from siaga_cloud.basemap import archive, folder, vector_tile
from siaga_cloud.basemap.vector_tile import LINE, TileFeature

ZOOM: Final = 14
STREET: Final = "Jalan Raya"


def a_street_map(path: Path, place: tuple[float, float], *, is_schematic: bool = False) -> Path:
    """Install the map below `path` and return the folder to serve."""
    column, row = _fractions(place)
    tile = (ZOOM, int(column), int(row))
    side, y = vector_tile.EXTENT, int((row - int(row)) * vector_tile.EXTENT)
    street = TileFeature(kind=LINE, parts=(((0, y), (side, y)),), properties={"name": STREET, "kind": "major_road"})
    body = gzip.compress(vector_tile.encode({"roads": [street]}))
    layers = {"vector_layers": [{"id": one} for one in archive.REQUIRED_LAYERS], folder.SCHEMATIC: is_schematic}
    bounds = archive.tile_bounds(tile)
    archive.write_archive(path / "street.pmtiles", iter([(tile, body)]), bounds=bounds, metadata=layers)
    target = path / "basemap"
    checked = archive.check(path / "street.pmtiles", None)
    folder.install(target, checked, attribution="© a test", phone_bytes=1 << 20, report=lambda _: None)
    return target


def _fractions(place: tuple[float, float]) -> tuple[float, float]:
    count, mercator = 2**ZOOM, math.asinh(math.tan(math.radians(place[0])))
    return (place[1] + 180) / 360 * count, (1 - mercator / math.pi) / 2 * count
