"""Reads areas and waterways from GeoJSON files, whose property names can be configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shapely.geometry import mapping

from siaga_cloud.city.files.geojson import FeatureError, properties_of, read_features, shape_of
from siaga_cloud.city.store.imports import AreaRow, WaterwayRow
from siaga_cloud.platform.import_errors import ImportFileError, bounded, shown

LEVELS: Final = ("province", "city", "kecamatan", "kelurahan", "rw")
WATERS: Final = ("river", "canal")
KEYS: Final = ("name", "code", "kind", "parent")
_AREA_SHAPES = ("Polygon", "MultiPolygon")
_WATER_SHAPES = ("LineString", "MultiLineString")
_MAX_CODE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyNames:
    """Names the properties of a file that hold our four values. `kind`, where given, applies to every feature."""

    names: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None

    def of(self, key: str) -> str:
        """Return the file's name of one of our properties."""
        return self.names.get(key, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFile:
    """Holds the contents of a file. `repaired` counts polygons that crossed themselves and were corrected."""

    areas: tuple[AreaRow, ...]
    waterways: tuple[WaterwayRow, ...]
    repaired: int


def property_names(pairs: Iterable[str], kind: str | None) -> PropertyNames:
    """From `name=NAMOBJ` pairs and a kind for all; raises `ImportFileError`."""
    if kind is not None and kind not in LEVELS + WATERS:
        raise ImportFileError(f"--kind: got {shown(kind)}, expected one of {', '.join(LEVELS + WATERS)}")
    named: dict[str, str] = {}
    for pair in pairs:
        key, sign, theirs = pair.partition("=")
        if key not in KEYS or not sign or not theirs:
            raise ImportFileError(f"--map: got {shown(pair)}, expected KEY=PROPERTY with KEY one of {', '.join(KEYS)}")
        named[key] = theirs
    return PropertyNames(names=named, kind=kind)


def read_area_file(path: Path, names: PropertyNames, known_areas: frozenset[str]) -> AreaFile:
    """Everything in a GeoJSON file, checked; raises `ImportFileError` naming feature number, key and what was expected.

    A parent that is not given is taken from the code ("31.74.01.1001" lies in "31.74.01") where such an area exists.
    """
    return read_area_features(path, read_features(path), names, known_areas)


def read_area_features(
    path: Path, features: Sequence[Any], names: PropertyNames, known_areas: frozenset[str]
) -> AreaFile:
    """Check features that were read from a file; raises `ImportFileError` as `read_area_file` does."""
    rows: list[AreaRow | WaterwayRow] = []
    complaints: list[str] = []
    repaired = 0
    for number, feature in enumerate(features, start=1):
        try:
            row, was_repaired = _row(feature, names)
        except FeatureError as complaint:
            complaints.append(f"{path}: feature {number}{_called(feature, names)}: {complaint}")
            continue
        rows.append(row)
        repaired += was_repaired
    areas = [row for row in rows if isinstance(row, AreaRow)]
    complaints += [f"{path}: {line}" for line in _wrong_ids(rows, areas, known_areas)]
    if complaints:
        raise ImportFileError(bounded(complaints))
    ids = known_areas | {area.id for area in areas}
    return AreaFile(
        areas=tuple(_with_parent(area, ids) for area in areas),
        waterways=tuple(row for row in rows if isinstance(row, WaterwayRow)),
        repaired=repaired,
    )


def _row(feature: Any, names: PropertyNames) -> tuple[AreaRow | WaterwayRow, bool]:
    properties = properties_of(feature)
    code, name = _text(properties, names, "code"), _text(properties, names, "name")
    if len(code) > _MAX_CODE:
        raise FeatureError(f"properties.{names.of('code')}: got {shown(code)}, expected at most {_MAX_CODE} characters")
    kind = names.kind or _text(properties, names, "kind")
    if kind not in LEVELS + WATERS:
        expected = ", ".join(LEVELS + WATERS)
        raise FeatureError(f"properties.{names.of('kind')}: got {shown(kind)}, expected one of {expected}")
    schematic = properties.get("schematic") is True
    if kind in WATERS:
        line, _ = _geometry(feature, _WATER_SHAPES)
        return WaterwayRow(id=code, name=name, kind=kind, geometry=line, schematic=schematic), False
    parent = properties.get(names.of("parent"))
    parent_id = None if parent in (None, "") else str(parent)
    area, repaired = (None, False) if feature.get("geometry") is None else _geometry(feature, _AREA_SHAPES)
    row = AreaRow(id=code, name=name, level=kind, parent_id=parent_id, geometry=area, schematic=schematic)
    return row, repaired


def _geometry(feature: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[dict[str, Any], bool]:
    drawn, was_mended = shape_of(feature, allowed)
    return dict(mapping(drawn)), was_mended


def _text(properties: Mapping[str, Any], names: PropertyNames, key: str) -> str:
    theirs = names.of(key)
    if theirs not in properties:
        held = ", ".join(map(str, list(properties)[:12])) or "none"
        raise FeatureError(
            f"properties.{theirs}: got nothing, expected the {key} (properties there: {held}; see --map {key}=…)"
        )
    value = properties[theirs]
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise FeatureError(f"properties.{theirs}: got {shown(value)}, expected the {key} as text")
    return str(value).strip()


def _called(feature: Any, names: PropertyNames) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    name = properties.get(names.of("name")) if isinstance(properties, dict) else None
    return f" ({shown(name)})" if isinstance(name, str) else ""


def _wrong_ids(
    rows: Iterable[AreaRow | WaterwayRow], areas: Iterable[AreaRow], known_areas: frozenset[str]
) -> list[str]:
    wrong: list[str] = []
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            wrong.append(f"code {row.id!r} ({row.name}): given twice, expected each code once")
        seen.add(row.id)
    for area in areas:
        if area.parent_id is not None and area.parent_id not in known_areas | seen:
            wrong.append(
                f"area {area.id!r} ({area.name}): parent: got {area.parent_id!r}, expected the code of an area of this"
                " file or imported before"
            )
        if area.parent_id == area.id:
            wrong.append(f"area {area.id!r} ({area.name}): parent: got its own code, expected another")
    return wrong


def _with_parent(area: AreaRow, ids: frozenset[str]) -> AreaRow:
    above, dot, _ = area.id.rpartition(".")
    if area.parent_id is not None or not dot or above not in ids:
        return area
    return AreaRow(
        id=area.id,
        name=area.name,
        level=area.level,
        parent_id=above,
        geometry=area.geometry,
        schematic=area.schematic,
    )
