"""Reads the borders of a new city from GeoJSON or OpenStreetMap and writes them as areas.geojson holds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from shapely import STRtree
from shapely.geometry import shape

from siaga_cloud.city.files.areas import LEVELS, AreaFile, PropertyNames, read_area_features
from siaga_cloud.city.files.geojson import read_features
from siaga_cloud.city.store.imports import AreaRow, WaterwayRow
from siaga_cloud.operations.new_city.osm import SUFFIXES, read_osm
from siaga_cloud.operations.new_city.tables import identifier
from siaga_cloud.platform.import_errors import ImportFileError

# As OpenStreetMap uses them in Indonesia; other countries name their own.
ADMIN_LEVELS: Final[Mapping[str, str]] = {
    "4": "province", "5": "city", "6": "kecamatan", "7": "kelurahan", "8": "rw",
}  # fmt: skip
# Which level may lie directly within which: the nearest above that covers it is the parent.
_RANKS: Final = {level: number for number, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """Holds the areas and waterways of a file, and how many features were left out for their administrative level."""

    areas: tuple[AreaRow, ...]
    waterways: tuple[WaterwayRow, ...]
    left_out: int = 0


def read_borders(path: Path, names: PropertyNames, levels: Mapping[str, str]) -> Borders:
    """Return the borders of a file; raises `ImportFileError`.

    Features of OpenStreetMap have an administrative level instead of a kind; `levels` says which is which. An area
    without a parent gets the smallest area of a higher level that contains it.
    """
    features = read_osm(path) if path.suffix.lower() in SUFFIXES else read_features(path)
    ours = [_from_osm(one, levels) if _is_osm(one, names) else one for one in features]
    wanted = [one for one in ours if one is not None]
    if not wanted:
        raise ImportFileError(
            f"{path}: admin_level: got no feature of the levels {', '.join(levels)}, expected at least one"
        )
    found: AreaFile = read_area_features(path, wanted, names, frozenset())
    return Borders(
        areas=tuple(_with_parents(found.areas)), waterways=found.waterways, left_out=len(features) - len(wanted)
    )


def feature_collection(rows: Iterable[AreaRow | WaterwayRow]) -> str:
    """Return areas or waterways as the text of a GeoJSON file that the import reads, one feature a line."""
    lines = ",\n".join(json.dumps(_feature(row), ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _feature(row: AreaRow | WaterwayRow) -> dict[str, Any]:
    is_area = isinstance(row, AreaRow)
    kind, parent = (row.level, row.parent_id) if isinstance(row, AreaRow) else (row.kind, None)
    properties: dict[str, Any] = {"kind": kind, "code": row.id, "name": row.name}
    if is_area:
        properties["parent"] = parent
    if row.schematic:
        properties["schematic"] = True
    return {"type": "Feature", "properties": properties, "geometry": row.geometry}


def _is_osm(feature: Any, names: PropertyNames) -> bool:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or names.kind is not None:
        return False
    return "admin_level" in properties and names.of("kind") not in properties


def _from_osm(feature: Mapping[str, Any], levels: Mapping[str, str]) -> dict[str, Any] | None:
    properties = feature["properties"]
    level = levels.get(str(properties["admin_level"]))
    if level is None:
        return None
    name = properties.get("name")
    number = str(properties.get("@id", feature.get("id", ""))).rpartition("/")[2]
    code = properties.get("ref") or (f"osm-{number}" if number else identifier(str(name)))
    return {**feature, "properties": {"code": code, "name": name, "kind": level}}


def _with_parents(areas: Sequence[AreaRow]) -> list[AreaRow]:
    drawn = [one for one in areas if one.geometry is not None]
    shapes = [shape(one.geometry) for one in drawn]
    tree = STRtree(shapes)
    return [one if one.parent_id is not None else _with_parent(one, drawn, shapes, tree) for one in areas]


def _with_parent(area: AreaRow, drawn: Sequence[AreaRow], shapes: Sequence[Any], tree: STRtree) -> AreaRow:
    if area.geometry is None:
        return area
    inside = shape(area.geometry).representative_point()
    above = [
        (_RANKS[drawn[at].level], drawn[at].id)
        for at in tree.query(inside, predicate="within")
        if _RANKS[drawn[at].level] < _RANKS[area.level]
    ]
    return replace(area, parent_id=max(above)[1]) if above else area
