"""Reads and checks layers from GeoJSON and CSV files, their styles, and the list of layers in a folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Final

import shapely
from pydantic import Field
from shapely.geometry.base import BaseGeometry

from siaga_cloud.city.files.geojson import FeatureError, properties_of, read_features, shape_of
from siaga_cloud.city.service.layer_style import LayerStyle
from siaga_cloud.city.service.layers import ParsedFeature
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_bytes, shown

SHAPES: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
MAX_FEATURES: Final = 200_000
MAX_CORNERS: Final = 20_000
MAX_PROPERTIES_CHARACTERS: Final = 4000
# A layer may reach into the country around a city, not to another one's.
AROUND_DEGREES: Final = 1.0

Bounds = tuple[float, float, float, float]
Text = Annotated[str, Field(min_length=1, max_length=120)]


class LayerTable(FileModel):
    """Models a layer in the layers.toml of a folder."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(geojson|json|csv)$")]
    title_id: Text
    title_en: Text
    attribution: Annotated[str, Field(min_length=1, max_length=300)]
    licence: Text
    lat: Annotated[str, Field(min_length=1)] = "lat"
    lon: Annotated[str, Field(min_length=1)] = "lon"
    delimiter: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    style: LayerStyle = LayerStyle()


class LayersFile(FileModel):
    """Models the file layers.toml."""

    layer: Annotated[list[LayerTable], Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvColumns:
    """Names the columns of a CSV file that hold the place, and the delimiter."""

    lat: str = "lat"
    lon: str = "lon"
    delimiter: str = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFile:
    """Holds the contents of a file. `repaired` counts shapes that crossed themselves and were corrected."""

    drawn: tuple[ParsedFeature, ...]
    repaired: int


def read_layer_file(path: Path, columns: CsvColumns, city: Bounds | None) -> LayerFile:
    """Everything in a .geojson, .json or .csv file; raises `ImportFileError` naming the feature or line.

    `city` is west, south, east, north of the areas; what lies far from it is a mistake (None: nothing is known).
    """
    match path.suffix.lower():
        case ".csv":
            rows = _csv_rows(path, columns)
        case ".geojson" | ".json":
            rows = ((f"feature {number}", one) for number, one in enumerate(read_features(path), 1))
        case other:
            raise ImportFileError(f"{path}: got {shown(other)}, expected a .geojson, .json or .csv file")
    drawn: list[ParsedFeature] = []
    complaints: list[str] = []
    repaired = 0
    for where, feature in rows:
        try:
            one, was_mended = _drawn(feature, city)
        except FeatureError as complaint:
            complaints.append(f"{path}: {where}: {complaint}")
            continue
        drawn.append(one)
        repaired += was_mended
    if complaints:
        raise ImportFileError(bounded(complaints))
    _check_count(path, len(drawn))
    return LayerFile(drawn=tuple(drawn), repaired=repaired)


def _check_count(path: Path, count: int) -> None:
    if not 1 <= count <= MAX_FEATURES:
        raise ImportFileError(f"{path}: got {count} features, expected 1 to {MAX_FEATURES}")


def _drawn(feature: Any, city: Bounds | None) -> tuple[ParsedFeature, bool]:
    properties = properties_of(feature)
    if len(json.dumps(properties, ensure_ascii=False)) > MAX_PROPERTIES_CHARACTERS:
        raise FeatureError(f"properties: expected at most {MAX_PROPERTIES_CHARACTERS} characters as JSON")
    if "\\u0000" in json.dumps(properties):
        raise FeatureError("properties: got a NUL character, expected text")
    _check_swapped(feature)
    shape, was_mended = shape_of(feature, SHAPES)
    corners = int(shapely.get_num_coordinates(shape))
    if corners > MAX_CORNERS:
        raise FeatureError(f"geometry.coordinates: got {corners} corners, expected at most {MAX_CORNERS}")
    if city is not None:
        _check_near(shape, city)
    return ParsedFeature(shape=shape, properties=properties), was_mended


def _check_swapped(feature: Mapping[str, Any]) -> None:
    """Refuse swapped coordinates, which a latitude beyond 90 degrees reveals."""
    held = feature.get("geometry")
    at = held.get("coordinates") if isinstance(held, dict) and held.get("type") == "Point" else None
    if isinstance(at, list) and len(at) >= 2 and all(isinstance(one, int | float) for one in at[:2]):
        lon, lat = at[:2]
        if 90 < abs(lat) <= 180 and abs(lon) <= 90:
            raise FeatureError(_swapped(lon, lat))


def _check_near(shape: BaseGeometry, city: Bounds) -> None:
    west, south, east, north = city
    own_west, own_south, own_east, own_north = shape.bounds
    if _is_near(own_west, own_south, city) and _is_near(own_east, own_north, city):
        return
    if _is_near(own_south, own_west, city) and _is_near(own_north, own_east, city):
        raise FeatureError(_swapped(own_west, own_south))
    raise FeatureError(
        f"got a place at latitude {own_south:g}..{own_north:g}, longitude {own_west:g}..{own_east:g}, expected one"
        f" within {AROUND_DEGREES:g} degree of the city ({south:g}..{north:g}, {west:g}..{east:g})"
    )


def _swapped(lon: float, lat: float) -> str:
    return (
        f"got longitude {lon:g} and latitude {lat:g}, which look swapped; expected longitude before latitude"
        " (of CSV: --lat, --lon)"
    )


def _is_near(lon: float, lat: float, city: Bounds) -> bool:
    west, south, east, north = city
    inside_lon = west - AROUND_DEGREES <= lon <= east + AROUND_DEGREES
    return inside_lon and south - AROUND_DEGREES <= lat <= north + AROUND_DEGREES


def _csv_rows(path: Path, columns: CsvColumns) -> Iterator[tuple[str, Any]]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: not readable as UTF-8: {error}") from error
    lines = csv.DictReader(StringIO(text, newline=""), delimiter=columns.delimiter, strict=True)
    try:
        held = lines.fieldnames or []
        for option, name in (("--lat", columns.lat), ("--lon", columns.lon)):
            if name not in held:
                raise ImportFileError(
                    f"{path}: got the columns {', '.join(held) or 'none'}, expected {name!r} ({option})"
                )
        for row in lines:
            yield f"line {lines.line_num}", _csv_feature(path, lines.line_num, row, columns)
    except csv.Error as error:
        raise ImportFileError(f"{path} line {lines.line_num}: not readable as CSV: {error}") from error


def _csv_feature(path: Path, line: int, row: dict[str | Any, Any], columns: CsvColumns) -> dict[str, Any]:
    if None in row or None in row.values():
        raise ImportFileError(f"{path} line {line}: got another number of columns than the header, expected the same")
    degrees = []
    for name in (columns.lon, columns.lat):
        try:
            degrees.append(float(row.pop(name)))
        except ValueError:
            raise ImportFileError(
                f"{path} line {line}: {name}: expected degrees with a decimal point, such as -6.2079"
            ) from None
    return {"properties": row, "geometry": {"type": "Point", "coordinates": degrees}}
