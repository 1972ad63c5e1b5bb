"""Makes the tiles of a drawn basemap: streets, surfaces and landmarks that a TOML file names by their corners."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import shapely
from pydantic import Field
from shapely import STRtree
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from siaga_cloud.basemap import archive, vector_tile
from siaga_cloud.basemap.archive import Bounds, Tile, tile_bounds
from siaga_cloud.basemap.folder import SCHEMATIC
from siaga_cloud.basemap.vector_tile import EXTENT, Corner, Property, TileFeature
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, read_toml

MIN_ZOOM: Final = 7
MAX_ZOOM: Final = 13
"""Closer, a page enlarges these: a drawing is not more exact than that."""
_BUFFER: Final = 128
_MOST_DEGREES: Final = 5.0

Degrees: TypeAlias = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-85, le=85)]]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=80)]
LineKind: TypeAlias = Literal["toll", "arterial", "street", "railway", "river", "canal"]
SurfaceKind: TypeAlias = Literal["land", "water", "park", "airport", "port"]

_LINES: Final[Mapping[str, tuple[str, Mapping[str, Property], int]]] = {
    "toll": ("roads", {"kind": "highway", "kind_detail": "motorway"}, 7),
    "arterial": ("roads", {"kind": "major_road", "kind_detail": "primary"}, 9),
    "street": ("roads", {"kind": "minor_road", "kind_detail": "tertiary"}, 11),
    "railway": ("roads", {"kind": "rail", "kind_detail": "rail"}, 10),
    "river": ("water", {"kind": "river"}, 8),
    "canal": ("water", {"kind": "canal"}, 9),
}
_SURFACES: Final[Mapping[str, tuple[str, Mapping[str, Property], int]]] = {
    "land": ("earth", {"kind": "earth"}, 0),
    "water": ("water", {"kind": "lake"}, 9),
    "park": ("landuse", {"kind": "park"}, 10),
    "airport": ("landuse", {"kind": "aerodrome"}, 9),
    "port": ("landuse", {"kind": "industrial"}, 10),
}


class DrawnLine(FileModel):
    """Models a street, railway or river by its corners."""

    name: Name
    kind: LineKind
    corners: Annotated[list[Degrees], Field(min_length=2, max_length=1000)]


class DrawnSurface(FileModel):
    """Models a park, lake or the land by its corners."""

    name: Name | None = None
    kind: SurfaceKind
    corners: Annotated[list[Degrees], Field(min_length=3, max_length=1000)]


class DrawnLandmark(FileModel):
    """Models a landmark: what people call a place, and where it is."""

    name: Name
    kind: Annotated[str, Field(pattern=r"^[a-z_]{2,30}$")]
    at: Degrees


class DrawnMap(FileModel):
    """Models a drawn basemap. `attribution` is shown with the map and says that it is schematic."""

    name: Name
    attribution: Annotated[str, Field(min_length=1, max_length=300)]
    bounds: tuple[float, float, float, float]
    surface: tuple[DrawnSurface, ...] = ()
    line: tuple[DrawnLine, ...] = ()
    landmark: tuple[DrawnLandmark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Represents one feature before it is cut into tiles, in degrees."""

    layer: str
    geometry: BaseGeometry
    properties: Mapping[str, Property]
    from_zoom: int


def build(source: Path, target: Path) -> int:
    """Write the archive of a drawn basemap and return the number of its tiles; raises `ImportFileError`."""
    drawn = read_toml(source, DrawnMap)
    _check_bounds(source, drawn.bounds)
    shapes = [*_shapes(source, drawn)]
    tiles = [*_tiles(shapes, drawn.bounds)]
    archive.write_archive(target, iter(tiles), bounds=drawn.bounds, metadata=_metadata(drawn, shapes))
    return len(tiles)


def _check_bounds(source: Path, bounds: Bounds) -> None:
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise ImportFileError(f"{source}: bounds: got {list(bounds)}, expected west, south, east, north in degrees")
    if max(east - west, north - south) > _MOST_DEGREES:
        raise ImportFileError(
            f"{source}: bounds: got {list(bounds)}, expected at most {_MOST_DEGREES:g} degrees a side"
        )


def _metadata(drawn: DrawnMap, shapes: list[_Shape]) -> Mapping[str, Any]:
    layers = sorted({*archive.REQUIRED_LAYERS, *(one.layer for one in shapes)})
    return {
        "name": drawn.name,
        "attribution": drawn.attribution,
        SCHEMATIC: True,
        "vector_layers": [
            {"id": one, "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM, "fields": {"kind": "String", "name": "String"}}
            for one in layers
        ],
    }


def _shapes(source: Path, drawn: DrawnMap) -> Iterator[_Shape]:
    for surface in drawn.surface:
        polygon = Polygon(surface.corners)
        if not polygon.is_valid:
            raise ImportFileError(f"{source}: surface {surface.name or surface.kind!r}: its outline crosses itself")
        layer, properties, from_zoom = _SURFACES[surface.kind]
        named = {"name": surface.name} if surface.name else {}
        yield _Shape(layer=layer, geometry=polygon, properties={**properties, **named}, from_zoom=from_zoom)
    for line in drawn.line:
        layer, properties, from_zoom = _LINES[line.kind]
        yield _Shape(
            layer=layer,
            geometry=LineString(line.corners),
            properties={**properties, "name": line.name, "min_zoom": from_zoom},
            from_zoom=from_zoom,
        )
    for mark in drawn.landmark:
        properties = {"kind": mark.kind, "name": mark.name, "min_zoom": 12}
        yield _Shape(layer="pois", geometry=Point(mark.at), properties=properties, from_zoom=11)


def _tiles(shapes: list[_Shape], bounds: Bounds) -> Iterator[tuple[Tile, bytes]]:
    tree = STRtree([one.geometry for one in shapes])
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        for tile in _within(zoom, bounds):
            around = _around(tile_bounds(tile))
            near = [shapes[i] for i in sorted(tree.query(around)) if shapes[i].from_zoom <= zoom]
            layers: dict[str, list[TileFeature]] = {}
            for one in near:
                drawn = _cut(one, tile, around)
                if drawn is not None:
                    layers.setdefault(one.layer, []).append(drawn)
            if layers:
                yield tile, gzip.compress(vector_tile.encode(layers), 9, mtime=0)


def _within(zoom: int, bounds: Bounds) -> Iterator[Tile]:
    west, north = _column_row(zoom, bounds[0], bounds[3])
    east, south = _column_row(zoom, bounds[2], bounds[1])
    for x in range(int(west), int(east) + 1):
        for y in range(int(north), int(south) + 1):
            yield zoom, x, y


def _column_row(zoom: int, lon: float, lat: float) -> tuple[float, float]:
    return (lon + 180) / 360 * 2**zoom, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom


def _around(bounds: Bounds) -> Polygon:
    """Return the tile with a margin, so that lines do not end at its edge."""
    wide, high = (bounds[2] - bounds[0]) * _BUFFER / EXTENT, (bounds[3] - bounds[1]) * _BUFFER / EXTENT
    return shapely.box(bounds[0] - wide, bounds[1] - high, bounds[2] + wide, bounds[3] + high)


def _cut(one: _Shape, tile: Tile, around: Polygon) -> TileFeature | None:
    inside = shapely.intersection(one.geometry, around)
    if inside.is_empty:
        return None
    match inside:
        case Point():
            return TileFeature(
                kind=vector_tile.POINT, parts=((_corner(tile, inside.coords[0]),),), properties=one.properties
            )
        case Polygon() | MultiPolygon():
            rings = [ring for part in _parts(inside) if isinstance(part, Polygon) for ring in _rings(tile, part)]
            return (
                TileFeature(kind=vector_tile.POLYGON, parts=tuple(rings), properties=one.properties) if rings else None
            )
        case _:
            lines = [_corners(tile, part) for part in _parts(inside) if isinstance(part, LineString)]
            long = tuple(line for line in lines if len(line) > 1)
            return TileFeature(kind=vector_tile.LINE, parts=long, properties=one.properties) if long else None


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    return list(shapely.get_parts(geometry))


def _rings(tile: Tile, part: Polygon) -> Iterator[tuple[Corner, ...]]:
    """Yield the outline clockwise and holes against it, as tiles have them: their y axis points down."""
    turned = shapely.orient_polygons(part, exterior_cw=True)
    for ring in (turned.exterior, *turned.interiors):
        corners = _corners(tile, LineString(ring.coords))[:-1]
        if len(corners) > 2:
            yield corners


def _corners(tile: Tile, line: BaseGeometry) -> tuple[Corner, ...]:
    """Return corners in tile units, without those that fall on the one before."""
    found: list[Corner] = []
    for at in shapely.get_coordinates(line):
        corner = _corner(tile, (float(at[0]), float(at[1])))
        if not found or found[-1] != corner:
            found.append(corner)
    return tuple(found)


def _corner(tile: Tile, at: tuple[float, ...]) -> Corner:
    column, row = _column_row(tile[0], at[0], at[1])
    return round((column - tile[1]) * EXTENT), round((row - tile[2]) * EXTENT)
