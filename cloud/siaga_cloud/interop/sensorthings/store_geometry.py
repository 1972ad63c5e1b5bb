"""Relates the points of entities to the geometries that a filter names, as SQL over PostgreSQL's own geometric types.

Every geometry of an entity is a point. A point is inside a geometry, on its border or outside of it, so each function
of the standard is the set of those positions for which it holds (DE-9IM, OGC 06-103r4). Distances and lengths are in
degrees, as those of WGS 84 are in every SensorThings server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import shapely

Geometry: TypeAlias = shapely.Point | shapely.LineString | shapely.Polygon
Value: TypeAlias = Callable[[str, str], str]
_PATTERN: Final = re.compile(r"[TF012*]{9}")


class Position(Enum):
    """Lists where a point lies beside a geometry."""

    INSIDE = "I"
    BORDER = "B"
    OUTSIDE = "E"


_IN, _ON, _OUT = Position.INSIDE, Position.BORDER, Position.OUTSIDE
# Name: where the left one, a point, lies in the right one; and where the right one, a point, lies in the left one.
_HOLDS: Final[Mapping[str, tuple[frozenset[Position], frozenset[Position]]]] = {
    "intersects": (frozenset({_IN, _ON}), frozenset({_IN, _ON})),
    "disjoint": (frozenset({_OUT}), frozenset({_OUT})),
    "touches": (frozenset({_ON}), frozenset({_ON})),
    "within": (frozenset({_IN}), frozenset()),
    "contains": (frozenset(), frozenset({_IN})),
    "equals": (frozenset(), frozenset()),
    "overlaps": (frozenset(), frozenset()),
    "crosses": (frozenset(), frozenset()),
}
_SAME: Final = ("intersects", "within", "contains", "equals")
RELATIONS: Final = frozenset({"geo.intersects", *(f"st_{name}" for name in _HOLDS)})


class GeometryError(ValueError):
    """A geometry or the pattern of a relation cannot be used here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Holds a geometry that a filter names: `on` and `border` are SQL in which {0} is a point, `rings` are paths."""

    geometry: Geometry
    on: str
    border: str
    rings: tuple[str, ...]


def read_shape(text: str, value: Value) -> Shape:
    """Return the geometry of a WKT text. `value` makes a parameter of a text and its SQL type. Raises GeometryError,
    and GEOSException where the text is no WKT.
    """
    geometry = shapely.from_wkt(text)
    if geometry.is_empty or not all(map(_is_finite, shapely.get_coordinates(geometry).flat)):
        raise GeometryError("expected coordinates")
    match geometry:
        case shapely.Point():
            sql = value(_corner(geometry.x, geometry.y), "point")
            return Shape(geometry=geometry, on=f"({{0}} ~= {sql})", border="false", rings=(sql,))
        case shapely.LineString():
            return _line(geometry, value)
        case shapely.Polygon():
            return _area(geometry, value)
        case _:
            raise GeometryError("expected a POINT, LINESTRING or POLYGON")


def _is_finite(number: float) -> bool:
    return abs(number) < float("inf")


def _corner(x: float, y: float) -> str:
    return f"({x},{y})"


def _corners(line: shapely.LineString) -> str:
    return ",".join(_corner(x, y) for x, y, *_ in line.coords)


def _line(line: shapely.LineString, value: Value) -> Shape:
    path = value(f"[{_corners(line)}]", "path")
    ends = [] if line.is_closed else [line.coords[0], line.coords[-1]]
    border = " OR ".join(f"{{0}} ~= {value(_corner(*one[:2]), 'point')}" for one in ends)
    return Shape(geometry=line, on=f"({{0}} <@ {path})", border=f"({border})" if border else "false", rings=(path,))


def _area(area: shapely.Polygon, value: Value) -> Shape:
    rings = [area.exterior, *area.interiors]
    # Open ones, which end where they began: a point of what a closed path surrounds would be on it.
    paths = tuple(value(f"[{_corners(ring)}]", "path") for ring in rings)
    border = "(" + " OR ".join(f"{{0}} <@ {path}" for path in paths) + ")"
    shell, *inner = (value(f"({_corners(ring)})", "polygon") for ring in rings)
    outside_inner = "".join(f" AND NOT ({ring} @> {{0}})" for ring in inner)
    on = f"({shell} @> {{0}}{outside_inner} OR {border})" if inner else f"({shell} @> {{0}})"
    return Shape(geometry=area, on=on, border=border, rings=paths)


def relation(name: str, left: Shape | str, right: Shape | str) -> str:
    """Return SQL of whether a relation such as st_within holds. A text is the SQL of a point."""
    own = name.partition("_")[2] if name.startswith("st_") else name.partition(".")[2]
    match left, right:
        case Shape(), Shape():
            return "true" if getattr(left.geometry, own)(right.geometry) else "false"
        case str(), Shape():
            return _of_point(own, left, right, _HOLDS[own][0])
        case Shape(), str():
            return _of_point(own, right, left, _HOLDS[own][1])
        case _:
            return _of_points(own, str(left), str(right))


def _of_point(own: str, point: str, shape: Shape, positions: frozenset[Position]) -> str:
    if isinstance(shape.geometry, shapely.Point):
        return _of_points(own, point, shape.rings[0])
    return _position(positions, point, shape)


def _of_points(own: str, left: str, right: str) -> str:
    same = f"({left} ~= {right})"
    if own in _SAME:
        return same
    return f"(NOT {same})" if own == "disjoint" else "false"


def _position(positions: frozenset[Position], point: str, shape: Shape) -> str:
    on, border = shape.on.format(point), shape.border.format(point)
    parts = {_IN: f"({on} AND NOT {border})", _ON: border, _OUT: f"(NOT {on})"}
    return "(" + " OR ".join(parts[one] for one in Position if one in positions) + ")" if positions else "false"


def relate(left: Shape | str, right: Shape | str, pattern: str) -> str:
    """Return SQL of whether the DE-9IM matrix of two geometries matches a pattern such as T*F**F***. Raises
    GeometryError.
    """
    if not _PATTERN.fullmatch(pattern):
        raise GeometryError("expected a pattern of nine of the characters T, F, 0, 1, 2 and *")
    match left, right:
        case Shape(), Shape():
            return "true" if shapely.relate_pattern(left.geometry, right.geometry, pattern) else "false"
        case str(), Shape():
            return _related(left, right, pattern)
        case Shape(), str():
            # The matrix the other way round is the transposed one.
            return _related(right, left, "".join(pattern[at] for at in (0, 3, 6, 1, 4, 7, 2, 5, 8)))
        case _:
            return _related_points(str(left), str(right), pattern)


def _related_points(left: str, right: str, pattern: str) -> str:
    same = f"({left} ~= {right})"
    cases = ((same, "0FFFFFFF2"), (f"(NOT {same})", "FF0FFF0F2"))
    held = [sql for sql, matrix in cases if _matches(matrix, pattern)]
    return f"({' OR '.join(held)})" if held else "false"


def _related(point: str, shape: Shape, pattern: str) -> str:
    if isinstance(shape.geometry, shapely.Point):
        return _related_points(point, shape.rings[0], pattern)
    is_area = isinstance(shape.geometry, shapely.Polygon)
    edge = "1" if is_area else ("F" if shape.geometry.is_closed else "0")
    rest = f"{2 if is_area else 1}{edge}2"
    # Inside, the point is no part of what is left of the border; at one end of a line, the other end is left.
    matrices = {_IN: f"0FFFFF{rest}", _ON: f"F0FFFF{rest}", _OUT: f"FF0FFF{rest}"}
    return _position(frozenset(at for at, matrix in matrices.items() if _matches(matrix, pattern)), point, shape)


def _matches(matrix: str, pattern: str) -> bool:
    def fits(value: str, wanted: str) -> bool:
        return wanted == "*" or value == wanted or (wanted == "T" and value != "F")

    return all(fits(value, wanted) for value, wanted in zip(matrix, pattern, strict=True))


def distance(left: Shape | str, right: Shape | str) -> str:
    """Return SQL of the shortest distance of two geometries, in degrees; 0 where they meet."""
    match left, right:
        case Shape(), Shape():
            return f"({left.geometry.distance(right.geometry)!r}::float8)"
        case str(), Shape():
            return _distance(left, right)
        case Shape(), str():
            return _distance(right, left)
        case _:
            return f"({left} <-> {right})"


def _distance(point: str, shape: Shape) -> str:
    to_rings = ", ".join(f"{point} <-> {ring}" for ring in shape.rings)
    return f"(CASE WHEN {shape.on.format(point)} THEN 0 ELSE least({to_rings}) END)"


def length(one: Shape | str) -> str:
    """Return SQL of the length of a line, in degrees. Points and areas have none: 0."""
    known = one.geometry.length if isinstance(one, Shape) and isinstance(one.geometry, shapely.LineString) else 0.0
    return f"({known!r}::float8)"
