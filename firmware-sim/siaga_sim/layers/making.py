"""Draws the features of made-up layers around the middles of a city's kelurahan."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from siaga_sim.history.city import Kelurahan

DEGREES_PER_M = 1 / 111_000
CSV_COLUMNS = ("name", "made_up", "lat", "lon")
ROUTE_STOPS = 6
BASIN_CORNERS = 12

Kind = Literal["Point", "LineString", "Polygon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpLayer:
    """A layer to be drawn. `share`: features for each kelurahan, on average."""

    id: str
    file: str
    title_id: str
    title_en: str
    kind: Kind
    share: float
    style: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature as GeoJSON has it."""

    kind: Kind
    coordinates: Any
    properties: dict[str, Any]


def _point(layer_id: str, file: str, titles: tuple[str, str], share: float, **style: Any) -> MadeUpLayer:
    title_id, title_en = titles
    return MadeUpLayer(
        id=layer_id, file=file, title_id=title_id, title_en=title_en, kind="Point", share=share, style=style
    )


LAYERS = (
    _point("towers", "towers.geojson", ("Menara", "Towers"), 1.5, colour="#6a1b9a", icon="tower", minzoom=12),
    _point("police-posts", "police-posts.geojson", ("Pos polisi", "Police posts"), 0.6, icon="police"),
    _point("schools", "schools.geojson", ("Sekolah", "Schools"), 4, colour="#ef6c00", icon="school", minzoom=13),
    _point("pumps", "pumps.csv", ("Rumah pompa", "Pumping stations"), 0.5, colour="#00838f", icon="pump", minzoom=10),
    _point("shelters", "shelters.geojson", ("Tempat pengungsian", "Shelters"), 1.2, colour="#2e7d32", icon="shelter"),
    _point("flood-points", "flood-points.csv", ("Titik rawan banjir", "Flood points"), 0.8, colour="#c62828", radius=7),
    MadeUpLayer(
        id="flood-basins", file="flood-basins.geojson", title_id="Cekungan rawan banjir", title_en="Flood-prone basins",
        kind="Polygon", share=0.15, style={"colour": "#0277bd", "opacity": 0.8, "width": 1},
    ),
    MadeUpLayer(
        id="fibre-routes", file="fibre-routes.geojson", title_id="Jalur serat optik", title_en="Fibre routes",
        kind="LineString", share=0.25, style={"colour": "#2e7d32", "width": 2.5, "dash": [3, 1]},
    ),
)  # fmt: skip


def features_of(layer: MadeUpLayer, kelurahan: Sequence[Kelurahan], *, seed: int) -> Iterator[Feature]:
    """The features of a layer; the same by the same seed and city."""
    dice = random.Random(f"{layer.id}-{seed}")
    for number in range(1, max(1, round(layer.share * len(kelurahan))) + 1):
        home = dice.choice(kelurahan)
        properties = {"name": f"{layer.title_id} karangan {number}", "made_up": True}
        yield Feature(
            kind=layer.kind, coordinates=_coordinates(layer.kind, home, kelurahan, dice), properties=properties
        )


def _coordinates(kind: Kind, home: Kelurahan, kelurahan: Sequence[Kelurahan], dice: random.Random) -> Any:
    match kind:
        case "Point":
            return _near(home, dice)
        case "LineString":
            return [_near(stop, dice) for stop in _route(home, kelurahan)]
        case "Polygon":
            return [_basin(home, dice)]


def _near(home: Kelurahan, dice: random.Random, metres: float = 300) -> list[float]:
    lon = home.lon + dice.gauss(0, metres) * DEGREES_PER_M
    return [round(lon, 6), round(home.lat + dice.gauss(0, metres) * DEGREES_PER_M, 6)]


def _route(home: Kelurahan, kelurahan: Sequence[Kelurahan]) -> list[Kelurahan]:
    """From kelurahan to the nearest that was not passed yet."""
    route, left = [home], [one for one in kelurahan if one is not home]
    while left and len(route) < ROUTE_STOPS:
        here = route[-1]
        nearest = min(left, key=lambda one: math.hypot(one.lat - here.lat, one.lon - here.lon))
        route.append(nearest)
        left.remove(nearest)
    return route


def _basin(home: Kelurahan, dice: random.Random) -> list[list[float]]:
    radii = [dice.uniform(150, 400) * DEGREES_PER_M for _ in range(BASIN_CORNERS)]
    ring = [
        [
            round(home.lon + radius * math.cos(2 * math.pi * corner / BASIN_CORNERS), 6),
            round(home.lat + radius * math.sin(2 * math.pi * corner / BASIN_CORNERS), 6),
        ]
        for corner, radius in enumerate(radii)
    ]
    return [*ring, ring[0]]
