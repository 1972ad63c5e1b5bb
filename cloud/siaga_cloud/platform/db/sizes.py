"""Measures how large tables are and how fast they grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from siaga_cloud.platform.db import inventory
from siaga_cloud.platform.db.connection import Connection

LOOK_BACK = timedelta(days=14)
RETENTION = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """Describes one table with its indexes. `bytes_a_day` is None while it is unknown; `oldest_at` is that of a time
    series.
    """

    name: str
    bytes: int
    rows: int
    bytes_a_day: float | None
    oldest_at: datetime | None


def record(conn: Connection, *, now: datetime) -> None:
    """Records today's sizes, and forgets very old ones."""
    conn.execute(
        _SIZES[_has_timescale(conn)] + b" INSERT INTO table_size (day, name, bytes)"
        b" SELECT %(now)s::date, name, bytes FROM held ON CONFLICT (day, name) DO UPDATE SET bytes = excluded.bytes",
        {"now": now},
    )
    conn.execute("DELETE FROM table_size WHERE day < %s::date", (now - RETENTION,))


def tables(conn: Connection, *, now: datetime) -> list[TableSize]:
    """Return every table, the largest first."""
    has_timescale = _has_timescale(conn)
    return (
        conn.cursor(row_factory=class_row(TableSize))
        .execute(
            _SIZES[has_timescale] + b"," + _SERIES[has_timescale] + _TABLES,
            {"now": now, "since": now - LOOK_BACK},
        )
        .fetchall()
    )


def media_bytes_a_day(conn: Connection, *, now: datetime) -> float:
    """Of new images, over the last two weeks or as long as there are any."""
    row = conn.execute(
        "SELECT coalesce(sum(size_bytes), 0)"
        " / greatest(1, extract(epoch FROM %(now)s - min(created_at)) / 86400) AS rate"
        " FROM (SELECT DISTINCT ON (sha256) sha256, size_bytes, created_at FROM media"
        "       WHERE created_at > %(since)s) AS new",
        {"now": now, "since": now - LOOK_BACK},
    ).fetchone()
    return float(row["rate"] or 0) if row else 0.0


def data_directory(conn: Connection) -> str | None:
    """Return where the server keeps its files, if this login may know."""
    row = conn.execute(
        "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')"
        " THEN current_setting('data_directory') END AS path"
    ).fetchone()
    return row["path"] if row else None


def _has_timescale(conn: Connection) -> bool:
    return inventory.server(conn).timescaledb is not None


_PLAIN = b"""
    SELECT relname AS name, pg_total_relation_size(pg_class.oid) AS bytes, greatest(reltuples, 0)::bigint AS rows
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""

_SIZES = {
    False: b"WITH held AS (" + _PLAIN + b")",
    True: b"WITH held AS ("
    + _PLAIN
    + b""" AND relname NOT IN (SELECT hypertable_name FROM timescaledb_information.hypertables)
    UNION ALL SELECT hypertable_name, hypertable_size(format('public.%%I', hypertable_name)::regclass),
        approximate_row_count(format('public.%%I', hypertable_name)::regclass)
    FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public')""",
}

# Of whole chunks where there are any; else of the one that is being filled, over the time that has passed in it.
_SERIES = {
    False: b" series AS (SELECT ''::text AS name, NULL::timestamptz AS oldest_at, NULL::float8 AS rate WHERE false)",
    True: b""" chunk AS (
        SELECT hypertable_name AS name, range_start, least(range_end, %(now)s) AS range_end,
            range_end <= %(now)s AS whole,
            pg_total_relation_size(format('%%I.%%I', chunk_schema, chunk_name)::regclass) AS bytes
        FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' AND range_start < %(now)s),
    series AS (
        SELECT name, min(range_start) AS oldest_at, coalesce(
            sum(bytes) FILTER (WHERE whole AND range_end > %(since)s) / nullif(extract(epoch FROM
                sum(range_end - range_start) FILTER (WHERE whole AND range_end > %(since)s)) / 86400, 0),
            sum(bytes) / greatest(0.04, extract(epoch FROM sum(range_end - range_start)) / 86400))::float8 AS rate
        FROM chunk GROUP BY name)""",
}

_TABLES = b""", past AS (
    SELECT DISTINCT ON (name) name, day, bytes FROM table_size WHERE day > %(since)s::date AND day < %(now)s::date
    ORDER BY name, day)
SELECT held.name, held.bytes, held.rows, series.oldest_at,
    coalesce(series.rate, greatest(0, held.bytes - past.bytes)::float8 / (%(now)s::date - past.day)) AS bytes_a_day
FROM held LEFT JOIN series USING (name) LEFT JOIN past USING (name) ORDER BY held.bytes DESC, held.name
"""
