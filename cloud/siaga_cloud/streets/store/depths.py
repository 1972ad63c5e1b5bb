"""Stores the depths of streets, and reads them with the streets that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection

MOST_STREETS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthRow:
    """Represents the depth of a segment as it is stored."""

    segment_id: str
    answer: str
    depth_cm: float | None
    low_cm: float | None
    high_cm: float | None
    basis: list[Mapping[str, Any]]
    ahead: list[Mapping[str, Any]]
    computed_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStreet:
    """Represents a segment with what is known of it; `answer` is None where nothing is."""

    id: str
    name: str
    line: list[float]
    road_cm: float | None
    area_id: str | None
    area_name: str | None
    gauge_id: str | None
    gauge_name: str | None
    schematic: bool
    answer: str | None
    depth_cm: float | None
    low_cm: float | None
    high_cm: float | None
    basis: list[Mapping[str, Any]] | None
    ahead: list[Mapping[str, Any]] | None
    computed_at: datetime | None
    valid_until: datetime | None


_LISTED = """
SELECT segment.id, segment.name, segment.line, segment.road_cm::float8 AS road_cm, segment.area_id,
    area.name AS area_name, segment.gauge_id, coalesce(nullif(gauge.name, ''), gauge.id) AS gauge_name,
    segment.schematic, depth.answer,
    depth.depth_cm::float8 AS depth_cm, depth.low_cm::float8 AS low_cm, depth.high_cm::float8 AS high_cm, depth.basis,
    depth.ahead, depth.computed_at, depth.valid_until
FROM street_segment AS segment LEFT JOIN area ON area.id = segment.area_id
LEFT JOIN gauge ON gauge.id = segment.gauge_id
LEFT JOIN street_depth AS depth ON depth.segment_id = segment.id AND depth.valid_until > %(now)s
"""
_IN_AREA = "(%(area)s::text IS NULL OR %(area)s = ANY (area_path(segment.area_id)))"
_WITH_DEPTH = f"""
WHERE depth.segment_id IS NOT NULL AND {_IN_AREA}
ORDER BY depth.high_cm DESC NULLS LAST, segment.id LIMIT %(most)s
"""


def save_depths(conn: Connection, rows: Sequence[DepthRow]) -> None:
    """Store what is known now; of every other segment nothing is known any more."""
    conn.execute("DELETE FROM street_depth WHERE segment_id <> ALL (%s)", ([one.segment_id for one in rows],))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO street_depth (segment_id, answer, depth_cm, low_cm, high_cm, basis, ahead, computed_at,"
            " valid_until) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (segment_id) DO UPDATE SET"
            " answer = excluded.answer, depth_cm = excluded.depth_cm, low_cm = excluded.low_cm,"
            " high_cm = excluded.high_cm, basis = excluded.basis, ahead = excluded.ahead,"
            " computed_at = excluded.computed_at, valid_until = excluded.valid_until",
            [
                (
                    one.segment_id,
                    one.answer,
                    one.depth_cm,
                    one.low_cm,
                    one.high_cm,
                    Jsonb(one.basis),
                    Jsonb(one.ahead),
                    one.computed_at,
                    one.valid_until,
                )
                for one in rows
            ],
        )


def list_depths(conn: Connection, *, now: datetime, area_id: str | None = None) -> list[ListedStreet]:
    """Return the streets of which something is known or foreseen, the deepest first; all, or those in an area."""
    values = {"now": now, "most": MOST_STREETS, "area": area_id}
    return conn.cursor(row_factory=class_row(ListedStreet)).execute((_LISTED + _WITH_DEPTH).encode(), values).fetchall()


def find_street(conn: Connection, segment_id: str, *, now: datetime) -> ListedStreet | None:
    """Return a street with what is known of it; None where there is no such street."""
    cursor = conn.cursor(row_factory=class_row(ListedStreet))
    return cursor.execute((_LISTED + " WHERE segment.id = %(id)s").encode(), {"now": now, "id": segment_id}).fetchone()


def count_segments(conn: Connection, *, area_id: str | None = None) -> int:
    """Return how many segments the city lists, in all or in an area."""
    query = f"SELECT count(*) AS n FROM street_segment AS segment WHERE {_IN_AREA}"  # noqa: S608 - our own text
    row = conn.execute(query.encode(), {"area": area_id}).fetchone()
    return row["n"] if row else 0
