"""Stores the segments of streets that a city lists, and what former floods taught of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.streets.relation import Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """Represents a segment. `line` holds latitude and longitude of each corner in turn, `road_cm` the height of the
    road above the datum of the gauge; `schematic`: both are drawn, not surveyed.
    """

    id: str
    name: str
    line: list[float]
    road_cm: float | None
    gauge_id: str | None
    area_id: str | None
    schematic: bool


def replace_segments(conn: Connection, rows: Sequence[SegmentRow], *, origin: str, now: datetime) -> None:
    """Store the segments of an origin; those that it no longer lists are deleted with all that was learned of them."""
    conn.execute("DELETE FROM street_segment WHERE origin = %s AND id <> ALL (%s)", (origin, [one.id for one in rows]))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO street_segment (id, name, line, road_cm, gauge_id, area_id, schematic, origin, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " line = excluded.line, road_cm = excluded.road_cm, gauge_id = excluded.gauge_id,"
            " area_id = excluded.area_id, schematic = excluded.schematic, origin = excluded.origin,"
            " updated_at = excluded.updated_at",
            [
                (one.id, one.name, one.line, one.road_cm, one.gauge_id, one.area_id, one.schematic, origin, now)
                for one in rows
            ],
        )


def list_segments(conn: Connection) -> list[SegmentRow]:
    """Return every segment, by id."""
    return (
        conn.cursor(row_factory=class_row(SegmentRow))
        .execute(
            "SELECT id, name, line, road_cm::float8 AS road_cm, gauge_id, area_id, schematic FROM street_segment"
            " ORDER BY id"
        )
        .fetchall()
    )


def relations(conn: Connection) -> Mapping[str, Relation]:
    """Return what was learned at the gauge that a segment has now, by segment."""
    rows = conn.execute(
        "SELECT learned.segment_id, learned.road_cm::float8 AS road_cm, learned.slope::float8 AS slope,"
        " learned.error_cm::float8 AS error_cm, learned.pairs FROM street_relation AS learned"
        " JOIN street_segment AS segment ON segment.id = learned.segment_id AND segment.gauge_id = learned.gauge_id"
    )
    return {
        row["segment_id"]: Relation(
            road_cm=row["road_cm"], slope=row["slope"], error_cm=row["error_cm"], pairs=row["pairs"]
        )
        for row in rows
    }


def save_relation(conn: Connection, segment_id: str, gauge_id: str, learned: Relation, *, now: datetime) -> None:
    """Store what was learned of a segment, in place of what was learned before."""
    conn.execute(
        "INSERT INTO street_relation (segment_id, gauge_id, road_cm, slope, error_cm, pairs, learned_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (segment_id) DO UPDATE SET gauge_id = excluded.gauge_id,"
        " road_cm = excluded.road_cm, slope = excluded.slope, error_cm = excluded.error_cm,"
        " pairs = excluded.pairs, learned_at = excluded.learned_at",
        (segment_id, gauge_id, learned.road_cm, learned.slope, learned.error_cm, learned.pairs, now),
    )
