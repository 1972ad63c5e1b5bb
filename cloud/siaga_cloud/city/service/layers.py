"""Joins the features of layers to the areas of the city."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.layer_style import LayerStyle
from siaga_cloud.city.store import layers
from siaga_cloud.city.store.layers import Feature, Kind, Layer
from siaga_cloud.platform.db.connection import Connection

_KINDS: Final[dict[str, Kind]] = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeature:
    """Represents a feature that was read, with a valid geometry in degrees, longitude first."""

    shape: BaseGeometry
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSummary:
    """Describes a layer in the catalogue."""

    id: str
    title_id: str
    title_en: str
    attribution: str
    licence: str
    style: LayerStyle


def put(
    conn: Connection, about: LayerSummary, drawn: Sequence[ParsedFeature], *, lookup: AreaLookup, now: datetime
) -> int:
    """Puts a layer in the place of the one of its id; how many features lie in an area of the city."""
    middles = [middle_of(one.shape) for one in drawn]
    areas = lookup.at_many(conn, [(lat, lon) for lon, lat in middles])
    features = [
        Feature(
            geometry=dict(mapping(one.shape)),
            properties=one.properties,
            bounds=one.shape.bounds,
            middle=middle,
            area_id=area_id,
        )
        for one, middle, area_id in zip(drawn, middles, areas, strict=True)
    ]
    layers.replace(conn, _layer(about, features, now), features)
    return sum(area_id is not None for area_id in areas)


def rejoin(conn: Connection, *, lookup: AreaLookup) -> int:
    """Puts every feature into the area where it lies now, after areas changed; how many moved."""
    held = layers.middles(conn)
    areas = lookup.at_many(conn, [(lat, lon) for _, _, lon, lat, _ in held])
    changed = [
        (area_id, layer_id, number)
        for (layer_id, number, _, _, before), area_id in zip(held, areas, strict=True)
        if area_id != before
    ]
    layers.set_areas(conn, changed)
    return len(changed)


def middle_of(shape: BaseGeometry) -> tuple[float, float]:
    """(lon, lat): a point itself, half the way along a line, a spot that is surely inside a polygon."""
    if _KINDS[shape.geom_type] == "line":
        lines = shapely.get_parts(shape)
        longest = max(lines, key=lambda line: line.length)
        spot = longest.interpolate(0.5, normalized=True)
    else:
        spot = shape.representative_point()
    return (spot.x, spot.y)


def _layer(about: LayerSummary, features: Sequence[Feature], now: datetime) -> Layer:
    kinds = {_KINDS[one.geometry["type"]] for one in features}
    style = about.style.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(style, sort_keys=True).encode())
    for one in features:
        digest.update(json.dumps([one.geometry, one.properties, one.area_id], sort_keys=True).encode())
    return Layer(
        id=about.id,
        title_id=about.title_id,
        title_en=about.title_en,
        attribution=about.attribution,
        licence=about.licence,
        kind=kinds.pop() if len(kinds) == 1 else "mixed",
        style=style,
        count=len(features),
        version=digest.hexdigest()[:16],
        updated_at=now,
    )
