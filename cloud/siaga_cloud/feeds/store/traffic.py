"""Stores the lines of jams and blocked roads that feeds list now, for the map."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.feeds.items import RoadLine
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals.store import SignalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRow:
    """Represents a jam or a blocked road. `line` holds the latitude and longitude of each corner in turn."""

    signal_id: UUID
    street: str
    line: list[float]
    is_blocked: bool
    speed_kmh: float | None
    length_m: float
    delay_seconds: float | None
    began_at: datetime
    seen_at: datetime


def upsert(conn: Connection, signal: SignalRow, feed_id: str, road: RoadLine | None, *, seen_at: datetime) -> None:
    """Store the line of a signal in place of the one before; a signal without a line has none."""
    if road is None:
        return
    conn.execute(
        "INSERT INTO traffic_line (signal_id, feed_id, street, line, is_blocked, speed_kmh, length_m, delay_seconds,"
        " began_at, seen_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (signal_id) DO UPDATE SET"
        " street = excluded.street, line = excluded.line, is_blocked = excluded.is_blocked,"
        " speed_kmh = excluded.speed_kmh, length_m = excluded.length_m, delay_seconds = excluded.delay_seconds,"
        " began_at = excluded.began_at, seen_at = excluded.seen_at",
        (
            signal.id,
            feed_id,
            road.street,
            [value for corner in road.corners for value in corner],
            road.is_blocked,
            road.speed_kmh,
            road.length_m,
            road.delay_seconds,
            signal.began_at,
            seen_at,
        ),
    )


def confirm(conn: Connection, signal_ids: Collection[UUID], *, at: datetime) -> None:
    """Record that the feed lists these still; an older answer changes nothing."""
    conn.execute(
        "UPDATE traffic_line SET seen_at = greatest(seen_at, %s) WHERE signal_id = ANY(%s)", (at, list(signal_ids))
    )


def delete(conn: Connection, signal_ids: Collection[UUID]) -> None:
    """Delete the lines of signals that are over."""
    if signal_ids:
        conn.execute("DELETE FROM traffic_line WHERE signal_id = ANY(%s)", (list(signal_ids),))


def seen_since(conn: Connection, since: datetime, *, limit: int) -> Sequence[TrafficRow]:
    """Return the lines that a feed listed since then: blocked roads first, then the longest."""
    found = conn.cursor(row_factory=class_row(TrafficRow)).execute(
        "SELECT signal_id, street, line, is_blocked, speed_kmh, length_m, delay_seconds, began_at, seen_at"
        " FROM traffic_line WHERE seen_at >= %s ORDER BY is_blocked DESC, length_m DESC, signal_id LIMIT %s",
        (since, limit),
    )
    return found.fetchall()
