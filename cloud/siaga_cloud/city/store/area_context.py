"""Stores further data of an area: statistics such as population, and how much of each layer lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaName:
    """Represents an area by its name."""

    id: str
    name: str
    level: str
    parent_id: str | None
    parent_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticRow:
    """Holds a statistic that is to be stored."""

    area_id: str
    name: str
    value: float
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """Represents a statistic of an area. `is_sum` means that it adds up the `kelurahan_known` of `kelurahan` that have
    it.
    """

    name: str
    value: float
    as_of: date
    source: str
    is_sum: bool
    kelurahan: int | None
    kelurahan_known: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCount:
    """Counts the features of a layer whose centre lies in an area."""

    layer_id: str
    title_id: str
    title_en: str
    count: int


def area_names(conn: Connection, area_id: str | None = None) -> list[AreaName]:
    """Return every area; or the one."""
    rows = conn.cursor(row_factory=class_row(AreaName)).execute(
        "SELECT area.id, area.name, area.level, area.parent_id, above.name AS parent_name FROM area"
        " LEFT JOIN area AS above ON above.id = area.parent_id"
        " WHERE %(id)s::text IS NULL OR area.id = %(id)s ORDER BY area.id",
        {"id": area_id},
    )
    return rows.fetchall()


def save_statistics(conn: Connection, rows: Sequence[StatisticRow]) -> None:
    """Stores statistics; what is named again is brought up to date."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO area_statistic (area_id, name, value, as_of, source) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (area_id, name) DO UPDATE SET value = excluded.value, as_of = excluded.as_of,"
            " source = excluded.source, updated_at = now()",
            [(row.area_id, row.name, row.value, row.as_of, row.source) for row in rows],
        )


def statistics_of(conn: Connection, area_id: str) -> list[Statistic]:
    """Return the statistics of an area, its own before sums over the kelurahan in it (then of the oldest date among
    them).
    """
    rows = conn.cursor(row_factory=class_row(Statistic)).execute(
        "WITH inside AS (SELECT up.area_id FROM area_within AS up JOIN area AS one ON one.id = up.area_id"
        "  WHERE up.ancestor_id = %(id)s AND one.level = 'kelurahan' AND up.area_id <> %(id)s),"
        " sums AS (SELECT name, sum(value) AS value, min(as_of) AS as_of,"
        "  left(string_agg(DISTINCT source, '; '), 400) AS source, count(*)::int AS known"
        "  FROM area_statistic WHERE area_id IN (SELECT area_id FROM inside) GROUP BY name),"
        " own AS (SELECT name, value, as_of, source FROM area_statistic WHERE area_id = %(id)s)"
        " SELECT name, value, as_of, source, false AS is_sum, NULL::int AS kelurahan, NULL::int AS kelurahan_known"
        " FROM own UNION ALL SELECT name, value, as_of, source, true, (SELECT count(*)::int FROM inside), known"
        " FROM sums WHERE name NOT IN (SELECT name FROM own) ORDER BY name",
        {"id": area_id},
    )
    return rows.fetchall()


def layer_counts(conn: Connection, area_id: str) -> list[LayerCount]:
    """Return for every layer how much of it lies in an area and those within; layers with nothing there have 0."""
    rows = conn.cursor(row_factory=class_row(LayerCount)).execute(
        "SELECT layer.id AS layer_id, layer.title_id, layer.title_en, count(feature.number)::int AS count FROM layer"
        " LEFT JOIN layer_feature AS feature ON feature.layer_id = layer.id"
        "  AND feature.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = %s)"
        " GROUP BY 1, 2, 3 ORDER BY 1",
        (area_id,),
    )
    return rows.fetchall()
