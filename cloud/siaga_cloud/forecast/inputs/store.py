"""Stores which rain gauges and gauges at the sea the forecast of a gauge may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRow:
    """Represents one input of one gauge: a rain gauge or a gauge at the sea, never both.

    `delay_minutes` is how long after it was measured a value is usually known.
    """

    gauge_id: str
    rain_gauge_id: str | None = None
    tide_gauge_id: str | None = None
    delay_minutes: int = 0

    @property
    def id(self) -> str:
        """The id of the rain gauge or of the gauge at the sea."""
        return self.rain_gauge_id or self.tide_gauge_id or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedInput:
    """Represents an input with its name, for readers."""

    id: str
    kind: str
    name: str


def replace_inputs(conn: Connection, rows: Sequence[InputRow]) -> None:
    """Store the inputs of all gauges in place of those before."""
    conn.execute("DELETE FROM forecast_input")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO forecast_input (gauge_id, rain_gauge_id, tide_gauge_id, delay_minutes)"
            " VALUES (%s, %s, %s, %s)",
            [(one.gauge_id, one.rain_gauge_id, one.tide_gauge_id, one.delay_minutes) for one in rows],
        )


def inputs_of(conn: Connection, gauge_id: str) -> list[InputRow]:
    """Return the inputs of a gauge, by id."""
    return (
        conn.cursor(row_factory=class_row(InputRow))
        .execute(
            "SELECT gauge_id, rain_gauge_id, tide_gauge_id, delay_minutes FROM forecast_input WHERE gauge_id = %s"
            " ORDER BY rain_gauge_id, tide_gauge_id",
            (gauge_id,),
        )
        .fetchall()
    )


def named_inputs_of(conn: Connection, gauge_id: str) -> list[NamedInput]:
    """Return the inputs of a gauge with their names: rain first, then the tide."""
    return (
        conn.cursor(row_factory=class_row(NamedInput))
        .execute(
            "SELECT coalesce(rain.id, sea.id) AS id, CASE WHEN sea.id IS NULL THEN 'rain' ELSE 'tide' END AS kind,"
            " coalesce(rain.name, nullif(sea.name, ''), sea.id) AS name FROM forecast_input AS input"
            " LEFT JOIN rain_gauge AS rain ON rain.id = input.rain_gauge_id"
            " LEFT JOIN gauge AS sea ON sea.id = input.tide_gauge_id WHERE input.gauge_id = %s ORDER BY kind, id",
            (gauge_id,),
        )
        .fetchall()
    )


def missing_ids(conn: Connection, rows: Sequence[InputRow]) -> list[str]:
    """Return which of the gauges and rain gauges named by inputs are not there."""
    gauges = {name for one in rows for name in (one.gauge_id, one.tide_gauge_id) if name}
    rain = {one.rain_gauge_id for one in rows if one.rain_gauge_id}
    found = conn.execute(
        "SELECT 'gauge ' || id AS name FROM unnest(%s::text[]) AS id WHERE NOT EXISTS (SELECT FROM gauge WHERE"
        " gauge.id = id.id) UNION ALL SELECT 'rain gauge ' || id FROM unnest(%s::text[]) AS id WHERE NOT EXISTS"
        " (SELECT FROM rain_gauge WHERE rain_gauge.id = id.id) ORDER BY 1",
        (sorted(gauges), sorted(rain)),
    )
    return [row["name"] for row in found]
