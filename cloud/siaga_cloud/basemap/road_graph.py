"""Makes the graph of the roads of a basemap, on which the pages look for a way that avoids known floods."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import shapely
from shapely import STRtree

from siaga_cloud.basemap import vector_tile
from siaga_cloud.basemap.archive import Archive, Tile
from siaga_cloud.basemap.places import name_of
from siaga_cloud.basemap.vector_tile import EXTENT, LINE, TileError
from siaga_cloud.platform.import_errors import ImportFileError

_ROADS: Final = "roads"
_MAJOR: Final = frozenset({"major_road", "medium_road"})
_ALL: Final = _MAJOR | {"minor_road", "path"}
"""Without toll roads (`highway`): nobody walks there, and motorcycles are not allowed on them."""
_ZOOM: Final = 14
_WITHIN: Final = shapely.box(0, 0, EXTENT, EXTENT)
_MOST_EDGES: Final = 150_000
_DIGITS: Final = 5
_SAME_DEGREES: Final = 5e-5
"""Two tiles round the same line differently at their border, by up to five metres."""
_DRAWN_DEGREES: Final = 3e-3
"""A drawn street that ends within some three hundred metres of another one was meant to reach it."""

LonLat: TypeAlias = tuple[float, float]
_Named: TypeAlias = tuple[str, tuple[LonLat, ...]]
_Part: TypeAlias = tuple[str, str, tuple[LonLat, ...]]


@dataclass(frozen=True, slots=True)
class RoadGraph:
    """Represents roads as a graph. `nodes` are latitudes and longitudes, `edges` numbers of two nodes and of the name
    in `streets` (the first is empty: no name). `is_whole` is False where only main roads fitted.
    """

    nodes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[int, int, int], ...]
    streets: tuple[str, ...]
    is_whole: bool


def road_graph_of(archive: Archive, *, is_schematic: bool) -> RoadGraph:
    """Return the largest connected part of the roads in the tiles; raises `ImportFileError` for broken tiles.

    Roads of a drawn map meet where they cross or nearly reach one another; others only where they share a corner,
    because a road may pass over another one.
    """
    parts = list(_parts(archive))
    for kinds in (_ALL, _MAJOR):
        lines = [(name, line) for kind, name, line in parts if kind in kinds]
        found = _graph(_joined(lines) if is_schematic else lines, is_whole=kinds is _ALL)
        if len(found.edges) <= _MOST_EDGES:
            return found
    return RoadGraph((), (), ("",), is_whole=False)


def as_json(graph: RoadGraph) -> dict[str, object]:
    """Return what `detour/search.ts` reads."""
    return {"nodes": graph.nodes, "edges": graph.edges, "streets": graph.streets, "whole": graph.is_whole}


def _parts(archive: Archive) -> Iterator[_Part]:
    for tile, body in archive.tiles(min(archive.max_zoom, _ZOOM)):
        try:
            features = vector_tile.decode(body, [_ROADS]).get(_ROADS, [])
        except TileError as error:
            raise ImportFileError(f"{archive.path}: tile {'/'.join(map(str, tile))}: {error}") from error
        for one in features:
            kind = str(one.properties.get("kind"))
            if one.kind == LINE and kind in _ALL:
                for line in _inside(tile, one.parts):
                    yield kind, name_of(one.properties), line


def _inside(tile: Tile, parts: Iterable[Sequence[tuple[int, int]]]) -> Iterator[tuple[LonLat, ...]]:
    """Yield lines without what reaches into the next tile, which has that itself."""
    for part in parts:
        if len(part) > 1:
            for line in shapely.get_parts(shapely.intersection(shapely.linestrings(part), _WITHIN)):
                corners = tuple(_degrees(tile, float(x), float(y)) for x, y in shapely.get_coordinates(line))
                if len(corners) > 1:
                    yield corners


def _degrees(tile: Tile, x: float, y: float) -> LonLat:
    zoom, column, row = tile
    north = math.atan(math.sinh(math.pi * (1 - 2 * (row + y / EXTENT) / 2**zoom)))
    return round((column + x / EXTENT) / 2**zoom * 360 - 180, _DIGITS), round(math.degrees(north), _DIGITS)


def _joined(lines: Sequence[_Named]) -> list[_Named]:
    """Return drawn lines with a corner wherever two of them meet."""
    shapes = _lengthened([shapely.linestrings(line) for _, line in lines])
    tree = STRtree(shapes)
    ends = shapely.points([shape.coords[at] for shape in shapes for at in (0, -1)])
    touching: dict[int, list[shapely.Point]] = {}
    for end, number in tree.query(ends, predicate="dwithin", distance=_SAME_DEGREES).T:
        touching.setdefault(int(number), []).append(ends[end])
    found = []
    for number, (name, _) in enumerate(lines):
        others = [shapes[i] for i in tree.query(shapes[number], predicate="intersects") if i != number]
        crossings = shapely.intersection(shapes[number], shapely.union_all(others))
        points = [*shapely.get_coordinates(crossings), *shapely.get_coordinates(touching.get(number, []))]
        found.append((name, _with_corners(shapes[number], points)))
    return found


def _lengthened(shapes: Sequence[shapely.LineString]) -> list[shapely.LineString]:
    """Return the lines, each end led on to the nearest other line where that is near."""
    tree = STRtree(shapes)
    found = []
    for number, shape in enumerate(shapes):
        first, last = (_nearest(tree, shapes, number, shapely.Point(shape.coords[at])) for at in (0, -1))
        found.append(shapely.linestrings([*first, *shape.coords, *last]))
    return found


def _nearest(
    tree: STRtree, shapes: Sequence[shapely.LineString], number: int, end: shapely.Point
) -> list[tuple[float, ...]]:
    """Return the nearest point of another line as a list of one; of none where all are far or one is there."""
    near = [int(i) for i in tree.query(end, predicate="dwithin", distance=_DRAWN_DEGREES) if i != number]
    if not near:
        return []
    other = min((shapes[i] for i in near), key=end.distance)
    return [] if end.distance(other) == 0 else [other.interpolate(other.project(end)).coords[0]]


def _with_corners(shape: shapely.LineString, points: Iterable[Sequence[float]]) -> tuple[LonLat, ...]:
    at = {float(shape.project(shapely.Point(point))): _rounded(point) for point in points}
    at |= {float(shape.project(shapely.Point(point))): _rounded(point) for point in shape.coords}
    return tuple(at[one] for one in sorted(at))


def _rounded(point: Sequence[float]) -> LonLat:
    return round(float(point[0]), _DIGITS), round(float(point[1]), _DIGITS)


def _graph(lines: Sequence[_Named], *, is_whole: bool) -> RoadGraph:
    corners = sorted({corner for _, line in lines for corner in line})
    number_of = _numbers(corners)
    streets = ["", *sorted({name for name, _ in lines if name})]
    street_of = {name: number for number, name in enumerate(streets)}
    edges = {
        (*sorted((number_of[a], number_of[b])), street_of[name])
        for name, line in lines
        for a, b in pairwise(line)
        if number_of[a] != number_of[b]
    }
    return _largest(corners, sorted((a, b, street) for a, b, street in edges), streets, is_whole=is_whole)


def _numbers(corners: Sequence[LonLat]) -> dict[LonLat, int]:
    """Number the corners; those within a rounding of each other have the number of the first."""
    numbers = {corner: number for number, corner in enumerate(corners)}
    points = shapely.points(np.array(corners).reshape(-1, 2))
    near = STRtree(points).query(points, predicate="dwithin", distance=_SAME_DEGREES)
    for one, other in near.T:
        numbers[corners[one]] = min(numbers[corners[one]], int(other))
    return numbers


def _largest(
    corners: Sequence[LonLat], edges: Sequence[tuple[int, int, int]], streets: Sequence[str], *, is_whole: bool
) -> RoadGraph:
    if not edges:
        return RoadGraph((), (), ("",), is_whole=is_whole)
    held = _largest_part(edges)
    used = sorted({number for one in held for number in one[:2]})
    renumbered = {number: at for at, number in enumerate(used)}
    nodes = tuple((corners[number][1], corners[number][0]) for number in used)
    return RoadGraph(
        nodes, tuple((renumbered[a], renumbered[b], street) for a, b, street in held), tuple(streets), is_whole=is_whole
    )


def _largest_part(edges: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the edges of the connected part that has most of them."""
    neighbours: dict[int, list[int]] = {}
    for a, b, _ in edges:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    part_of: dict[int, int] = {}
    for start in neighbours:
        waiting = [] if start in part_of else [start]
        while waiting:
            node = waiting.pop()
            if part_of.setdefault(node, start) == start:
                waiting += [one for one in neighbours[node] if one not in part_of]
    sizes = Counter(part_of[a] for a, _, _ in edges)
    largest = max(sizes, key=sizes.__getitem__)
    return [one for one in edges if part_of[one[0]] == largest]
