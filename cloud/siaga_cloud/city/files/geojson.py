"""Reads and checks features and their shapes from GeoJSON files (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from siaga_cloud.platform.import_errors import ImportFileError, read_bytes, shown


class FeatureError(Exception):
    """One feature is wrong; whoever reads the file names the feature."""


def read_features(path: Path) -> list[Any]:
    """Return the features of a file, at least one; raises `ImportFileError`."""
    try:
        document = json.loads(read_bytes(path), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(f"{path}: not readable as JSON: {error}") from error
    kind = document.get("type") if isinstance(document, dict) else None
    if kind != "FeatureCollection":
        raise ImportFileError(f"{path}: type: got {shown(kind)}, expected 'FeatureCollection'")
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise ImportFileError(f"{path}: features: got {shown(features)}, expected a list with at least one feature")
    return features


def _refuse(word: str) -> float:
    raise ValueError(f"got {word}, which is no number")


def properties_of(feature: Any) -> dict[str, Any]:
    """Return the properties of a feature; raises `FeatureError`."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise FeatureError(f"properties: got {shown(properties)}, expected an object")
    return properties


def shape_of(feature: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[BaseGeometry, bool]:
    """(valid shape in degrees without heights, whether it crossed itself and was mended); raises `FeatureError`."""
    held = feature.get("geometry")
    kind = held.get("type") if isinstance(held, dict) else None
    if kind not in allowed:
        raise FeatureError(f"geometry.type: got {shown(kind)}, expected {' or '.join(allowed)}")
    try:
        drawn = shapely.force_2d(shape(held))
    except (ShapelyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise FeatureError(f"geometry.coordinates: not a {kind}: {error}") from error
    _check_degrees(drawn)
    if drawn.is_valid:
        return drawn, False
    return _mended(drawn, allowed), True


def _check_degrees(drawn: BaseGeometry) -> None:
    if drawn.is_empty:
        raise FeatureError("geometry.coordinates: got none, expected at least one point, line or ring")
    west, south, east, north = drawn.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise FeatureError(
            f"geometry.coordinates: got {west:g}..{east:g} by {south:g}..{north:g},"
            " expected degrees in the order longitude, latitude (WGS 84)"
        )


def _mended(drawn: BaseGeometry, allowed: tuple[str, ...]) -> BaseGeometry:
    mended = shapely.make_valid(drawn)
    wanted = [kind for kind in allowed if shapely.get_dimensions(drawn) == _DIMENSIONS[kind]]
    parts = [part for part in shapely.get_parts(shapely.get_parts(mended)) if part.geom_type in wanted]
    if not parts:
        raise FeatureError("geometry.coordinates: crosses itself and cannot be mended, expected a valid shape")
    return shapely.union_all(parts)


_DIMENSIONS = {
    "Point": 0,
    "MultiPoint": 0,
    "LineString": 1,
    "MultiLineString": 1,
    "Polygon": 2,
    "MultiPolygon": 2,
}
