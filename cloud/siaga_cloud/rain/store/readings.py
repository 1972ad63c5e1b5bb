"""Stores what rain gauges measured, and reads it as it came or on a grid of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.rain.spread import RainInterval, SpanRain, spread

LONGEST: Final = timedelta(minutes=1440)
_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RainReading(RainInterval):
    """Represents what a rain gauge measured: `mm` of rain in the `minutes` before `ends_at`."""

    rain_gauge_id: str


def upsert_readings(conn: Connection, rows: Sequence[RainReading], *, now: datetime) -> int:
    """Store readings, each once; how many were new or differ from what was stored. Of two at one time the last stands.

    Raises psycopg.errors.ForeignKeyViolation for a rain gauge that is not there.
    """
    last = list({(one.rain_gauge_id, one.ends_at): one for one in rows}.values())
    return sum(_upsert(conn, last[start : start + _AT_ONCE], now) for start in range(0, len(last), _AT_ONCE))


def _upsert(conn: Connection, rows: Sequence[RainReading], now: datetime) -> int:
    return conn.execute(
        "INSERT INTO rain_reading (rain_gauge_id, ends_at, minutes, mm, received_at)"
        " SELECT sent.id, sent.ends_at, sent.minutes, sent.mm, %s"
        " FROM unnest(%s::text[], %s::timestamptz[], %s::integer[], %s::real[]) AS sent (id, ends_at, minutes, mm)"
        " ON CONFLICT (rain_gauge_id, ends_at) DO UPDATE SET minutes = excluded.minutes, mm = excluded.mm,"
        " received_at = excluded.received_at"
        " WHERE (rain_reading.minutes, rain_reading.mm) IS DISTINCT FROM (excluded.minutes, excluded.mm)",
        (
            now,
            [one.rain_gauge_id for one in rows],
            [one.ends_at for one in rows],
            [one.minutes for one in rows],
            [float(one.mm) for one in rows],
        ),
    ).rowcount


def list_readings(
    conn: Connection, rain_gauge_ids: Sequence[str], *, since: datetime, until: datetime
) -> list[RainReading]:
    """Return the readings whose interval overlaps a span, by rain gauge and time."""
    return (
        conn.cursor(row_factory=class_row(RainReading))
        .execute(
            "SELECT rain_gauge_id, ends_at, minutes, round(mm::numeric, 3)::float8 AS mm FROM rain_reading"
            " WHERE rain_gauge_id = ANY (%(ids)s) AND ends_at > %(since)s"
            " AND ends_at < %(until)s::timestamptz + %(longest)s"
            " AND ends_at - make_interval(mins => minutes) < %(until)s ORDER BY rain_gauge_id, ends_at",
            {"ids": list(rain_gauge_ids), "since": since, "until": until, "longest": LONGEST},
        )
        .fetchall()
    )


def list_ended(
    conn: Connection, rain_gauge_id: str, *, since: datetime, until: datetime, limit: int
) -> list[RainReading]:
    """Return the newest `limit` readings that ended in a span, oldest first; `since` is not included, `until` is."""
    found = conn.cursor(row_factory=class_row(RainReading)).execute(
        "SELECT rain_gauge_id, ends_at, minutes, round(mm::numeric, 3)::float8 AS mm FROM rain_reading"
        " WHERE rain_gauge_id = %s AND ends_at > %s AND ends_at <= %s ORDER BY ends_at DESC LIMIT %s",
        (rain_gauge_id, since, until, limit),
    )
    return found.fetchall()[::-1]


def forget_readings(conn: Connection, *, before: datetime, limit: int) -> int:
    """Delete readings that ended before a time, at most `limit`; how many."""
    return conn.execute(
        "DELETE FROM rain_reading WHERE ctid = ANY (ARRAY(SELECT ctid FROM rain_reading WHERE ends_at < %s LIMIT %s))",
        (before, limit),
    ).rowcount


def spans(
    conn: Connection, rain_gauge_ids: Sequence[str], *, since: datetime, step: timedelta, count: int
) -> dict[str, list[SpanRain]]:
    """Return the rain of each of `count` steps from `since` on, in mm with the minutes that are known, by rain gauge.

    Every rain gauge that was named is in it, also one that is not there: nothing is known of it. Raises ValueError for
    a step that is not above zero.
    """
    held = _by_gauge(list_readings(conn, rain_gauge_ids, since=since, until=since + count * step))
    return {one: spread(held.get(one, ()), since=since, step=step, count=count) for one in rain_gauge_ids}


def grid(
    conn: Connection, rain_gauge_ids: Sequence[str], *, since: datetime, until: datetime, step: timedelta
) -> dict[str, list[float | None]]:
    """Return the millimetres that fell in each step from `since` to `until`, by rain gauge.

    The rain of an interval is divided evenly over the steps that it covers. None where nothing is known of the whole
    step; of a step that is known in part it is the rain of that part (`spans` states how much that is). Raises
    ValueError where the span is not a whole number of steps.
    """
    if step <= timedelta(0) or until < since or (until - since) % step:
        raise ValueError(f"got {since} to {until} by {step}, expected a whole number of steps")
    found = spans(conn, rain_gauge_ids, since=since, step=step, count=(until - since) // step)
    return {name: [one.mm if one.known_minutes else None for one in steps] for name, steps in found.items()}


def _by_gauge(rows: Sequence[RainReading]) -> Mapping[str, Sequence[RainReading]]:
    held: dict[str, list[RainReading]] = defaultdict(list)
    for one in rows:
        held[one.rain_gauge_id].append(one)
    return held
