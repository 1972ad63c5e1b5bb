"""Stores the rain gauges that a city lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RainGaugeRow:
    """Represents a rain gauge at a place in WGS 84 degrees."""

    id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRainGauge(RainGaugeRow):
    """Represents a rain gauge with the end of its newest interval, None where it has none."""

    newest_ends_at: datetime | None


def replace_gauges(conn: Connection, rows: Sequence[RainGaugeRow], *, origin: str, now: datetime) -> None:
    """Store the rain gauges of an origin; those that it no longer lists are deleted with what they measured."""
    conn.execute("DELETE FROM rain_gauge WHERE origin = %s AND id <> ALL (%s)", (origin, [one.id for one in rows]))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rain_gauge (id, name, lat, lon, origin, updated_at) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon,"
            " origin = excluded.origin, updated_at = excluded.updated_at",
            [(one.id, one.name, one.lat, one.lon, origin, now) for one in rows],
        )


def list_gauges(conn: Connection) -> list[RainGaugeRow]:
    """Return every rain gauge, by name."""
    return (
        conn.cursor(row_factory=class_row(RainGaugeRow))
        .execute("SELECT id, name, lat, lon FROM rain_gauge ORDER BY name, id")
        .fetchall()
    )


def list_with_newest(conn: Connection) -> list[ListedRainGauge]:
    """Return every rain gauge with the end of its newest interval, by name."""
    return (
        conn.cursor(row_factory=class_row(ListedRainGauge))
        .execute(
            "SELECT rain_gauge.id, name, lat, lon, newest.ends_at AS newest_ends_at FROM rain_gauge"
            " LEFT JOIN LATERAL (SELECT ends_at FROM rain_reading WHERE rain_gauge_id = rain_gauge.id"
            " ORDER BY ends_at DESC LIMIT 1) AS newest ON true ORDER BY name, rain_gauge.id"
        )
        .fetchall()
    )


def exists(conn: Connection, rain_gauge_id: str) -> bool:
    """Return whether there is such a rain gauge."""
    return conn.execute("SELECT FROM rain_gauge WHERE id = %s", (rain_gauge_id,)).fetchone() is not None
