"""Stores layers: the catalogue, and the features by where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection

Kind = Literal["point", "line", "polygon", "mixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Represents a layer in the catalogue."""

    id: str
    title_id: str
    title_en: str
    attribution: str
    licence: str
    kind: Kind
    style: dict[str, Any]
    count: int
    version: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Holds a feature that is to be stored. `bounds` is west, south, east, north; `middle` is longitude, latitude."""

    geometry: dict[str, Any]
    properties: dict[str, Any]
    bounds: tuple[float, float, float, float]
    middle: tuple[float, float]
    area_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturePage:
    """Holds the features within bounds, at most as many as requested, and their total number."""

    features: list[dict[str, Any]]
    matched: int


_COLUMNS = "id, title_id, title_en, attribution, licence, kind, style, count, version, updated_at"
_WITHIN = "layer_id = %(layer)s AND (%(bounds)s::box IS NULL OR bounds && %(bounds)s::box)"


def replace(conn: Connection, layer: Layer, features: Iterable[Feature]) -> None:
    """Puts a layer in the place of the one of its id; others see the old one until the transaction ends."""
    conn.execute(
        f"INSERT INTO layer ({_COLUMNS}) VALUES (%(id)s, %(title_id)s, %(title_en)s, %(attribution)s, %(licence)s,"  # noqa: S608 - ours
        " %(kind)s, %(style)s, %(count)s, %(version)s, %(updated_at)s) ON CONFLICT (id) DO UPDATE SET"
        " title_id = excluded.title_id, title_en = excluded.title_en, attribution = excluded.attribution,"
        " licence = excluded.licence, kind = excluded.kind, style = excluded.style, count = excluded.count,"
        " version = excluded.version, updated_at = excluded.updated_at".encode(),
        {**{name: getattr(layer, name) for name in Layer.__slots__}, "style": Jsonb(layer.style)},
    )
    conn.execute("DELETE FROM layer_feature WHERE layer_id = %s", (layer.id,))
    columns = b"COPY layer_feature (layer_id, number, geometry, properties, bounds, middle, area_id) FROM STDIN"
    with conn.cursor() as cursor, cursor.copy(columns) as copy:
        for number, one in enumerate(features, 1):
            geometry, properties = Jsonb(one.geometry), Jsonb(one.properties)
            place = (_bounds_literal(one.bounds), f"({one.middle[0]!r},{one.middle[1]!r})", one.area_id)
            copy.write_row((layer.id, number, geometry, properties, *place))


def remove(conn: Connection, layer_id: str) -> bool:
    """Takes a layer away; False where there is none."""
    return conn.execute("DELETE FROM layer WHERE id = %s", (layer_id,)).rowcount == 1


def catalogue(conn: Connection, layer_id: str | None = None) -> list[Layer]:
    """Return every layer, by its id; or the one."""
    rows = conn.cursor(row_factory=class_row(Layer)).execute(
        f"SELECT {_COLUMNS} FROM layer WHERE %(id)s::text IS NULL OR id = %(id)s ORDER BY id".encode(),  # noqa: S608 - ours
        {"id": layer_id},
    )
    return rows.fetchall()


def features(
    conn: Connection, layer_id: str, *, bounds: tuple[float, float, float, float] | None, most: int
) -> FeaturePage:
    """Features whose own bounds meet `bounds` (west, south, east, north; None is everywhere), by their numbers."""
    values = {"layer": layer_id, "bounds": bounds and _bounds_literal(bounds), "most": most}
    rows = conn.execute(
        "SELECT number, geometry, properties, area_id FROM layer_feature"  # noqa: S608 - ours
        f" WHERE {_WITHIN} ORDER BY number LIMIT %(most)s".encode(),
        values,
    ).fetchall()
    matched = len(rows)
    if matched == most:
        row = conn.execute(f"SELECT count(*) AS n FROM layer_feature WHERE {_WITHIN}".encode(), values).fetchone()  # noqa: S608 - ours
        matched = row["n"] if row else matched
    return FeaturePage(features=rows, matched=matched)


def middles(conn: Connection) -> list[tuple[str, int, float, float, str | None]]:
    """(layer, number, lon, lat, area) of every feature."""
    rows = conn.execute("SELECT layer_id, number, middle[0] AS lon, middle[1] AS lat, area_id FROM layer_feature")
    return [(row["layer_id"], row["number"], row["lon"], row["lat"], row["area_id"]) for row in rows]


def set_areas(conn: Connection, changed: Sequence[tuple[str | None, str, int]]) -> None:
    """Puts features into areas: (area, layer, number)."""
    with conn.cursor() as cursor:
        cursor.executemany("UPDATE layer_feature SET area_id = %s WHERE layer_id = %s AND number = %s", changed)
        versions = sorted({(layer_id,) for _, layer_id, _ in changed})
        cursor.executemany("UPDATE layer SET version = md5(version || random()::text) WHERE id = %s", versions)


def _bounds_literal(bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    return f"({west!r},{south!r}),({east!r},{north!r})"
