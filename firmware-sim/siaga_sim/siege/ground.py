"""What the siege knows of the city: gauges with their limits, cameras, nodes, and which kelurahan a spot lies in."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from siaga_core.rules.geometry import LatLon, Point, contains, distance_m
from siaga_core.rules.stage import StageLimits
from siaga_sim.actors.wire_node import Node
from siaga_sim.demo.cloud import CITY
from siaga_sim.scenario import load_scenario

SPACING_M = 420.0
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A gauge of the city as its file describes it."""

    id: str
    place: LatLon
    limits: StageLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera of the city and the kelurahan that it sees."""

    id: str
    place: LatLon
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kelurahan:
    """An area with its outlines."""

    id: str
    polygons: tuple[tuple[Point, ...], ...]

    def has(self, spot: LatLon) -> bool:
        """Whether a spot lies in it."""
        point = Point(x=spot.lon, y=spot.lat)
        return any(contains(list(polygon), point) for polygon in self.polygons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The city of a siege."""

    gauges: Mapping[str, Gauge]
    cameras: Mapping[str, Camera]
    nodes: Sequence[Node]
    kelurahan: Sequence[Kelurahan]

    def area_of(self, spot: LatLon) -> str | None:
        """The kelurahan of a spot; None outside of the city."""
        return next((one.id for one in self.kelurahan if one.has(spot)), None)

    def owner_of(self, device: str) -> str | None:
        """The node that speaks for a gauge or camera."""
        return next((node.name for node in self.nodes if device in (*node.gauges, *node.cameras)), None)

    def spots(self, chance: random.Random, *, away_from: Sequence[LatLon], metres: float) -> Iterator[LatLon]:
        """Spots inside the city, each far enough from the others that their incidents never join, in random order."""
        lat_step = SPACING_M / _METRES_PER_DEGREE
        grid = [(row, column) for row in range(46) for column in range(44)]
        chance.shuffle(grid)
        for row, column in grid:
            spot = LatLon(lat=round(-6.305 + row * lat_step, 5), lon=round(106.75 + column * lat_step, 5))
            if self.area_of(spot) and all(distance_m(spot, other) > metres for other in away_from):
                yield spot


@cache
def jakarta() -> Ground:
    """The demo city with the nodes of its storm; a gauge without a node is a smart gauge, a node by itself."""
    gauges = {row["id"]: _gauge(row) for row in _toml("gauges.toml")["gauge"]}
    cameras = {
        row["id"]: Camera(id=row["id"], place=LatLon(lat=row["lat"], lon=row["lon"]), area=row["area"])
        for row in _toml("sites.toml")["camera"]
    }
    scenario, _ = load_scenario("storm")
    nodes = [Node(name=one.name, gauges=tuple(one.gauges), cameras=tuple(one.cameras)) for one in scenario.node]
    served = {gauge for node in nodes for gauge in node.gauges}
    smart = [Node(name=gauge, gauges=(gauge,), cameras=()) for gauge in gauges if gauge not in served]
    return Ground(gauges=gauges, cameras=cameras, nodes=(*nodes, *smart), kelurahan=_kelurahan())


def _gauge(row: Mapping[str, Any]) -> Gauge:
    limits = StageLimits(s3_cm=row["s3_cm"], s2_cm=row.get("s2_cm"), s1_cm=row.get("s1_cm"))
    return Gauge(id=row["id"], place=LatLon(lat=row["lat"], lon=row["lon"]), limits=limits)


def _kelurahan() -> tuple[Kelurahan, ...]:
    features = json.loads((CITY / "areas.geojson").read_text("utf-8"))["features"]
    return tuple(
        Kelurahan(id=one["properties"]["code"], polygons=tuple(_outlines(one["geometry"])))
        for one in features
        if one["properties"]["kind"] == "kelurahan"
    )


def _outlines(geometry: Mapping[str, Any]) -> Iterator[tuple[Point, ...]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield tuple(Point(x=lon, y=lat) for lon, lat in polygon[0][:-1])


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(CITY / name).read_text("utf-8"))
