"""Observations are counted by their hours, and the count is that of the readings at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from psycopg import sql

from siaga_cloud.gauges.store import readings
from siaga_cloud.gauges.store.readings import ReadingRow
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.interop.sensorthings import store_count
from siaga_cloud.operations.store import retention
from siaga_cloud.platform.db.connection import Connection, connect

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
DAYS = 20
GAUGES = ("katulampa", "manggarai")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    """A reading every ten minutes of each gauge for some weeks, all added up; three stages."""
    with connect(database_url) as opened:
        prepare_stages(opened)
        add(opened, [NOW - timedelta(minutes=10 * number) for number in range(DAYS * 144)])
        while readings.recompute_dirty(opened, limit=5000, now=NOW):
            pass
        for gauge, hour in (("katulampa", 1), ("manggarai", 1), ("manggarai", 2)):
            opened.execute(
                "INSERT INTO gauge_stage VALUES (%s, %s, NULL, 3, 760, %s)", (gauge, NOW - timedelta(hours=hour), NOW)
            )
        yield opened


def add(conn: Connection, times: list[datetime]) -> None:
    """As ingest does: the readings and the marks of their hours in one transaction."""
    rows = [
        ReadingRow(gauge, at, 1.0, "good", (), None, None, None, "node-a", at)
        for gauge, at in product(GAUGES, sorted(times))
    ]
    readings.insert_new(conn, rows)
    hours = {(row.gauge_id, row.measured_at.replace(minute=0)) for row in rows}
    readings.mark_dirty(conn, hours, now=NOW)


def counted(conn: Connection) -> dict[tuple[str | None, str | None], int]:
    return {
        (gauge, kind): store_count.observations(conn, gauge_id=gauge, property_id=kind)
        for gauge, kind in product((None, *GAUGES), (None, "level", "stage"))
    }


def there(conn: Connection) -> dict[tuple[str | None, str | None], int]:
    """The same, one by one."""
    found: dict[tuple[str | None, str | None], int] = dict.fromkeys(counted(conn), 0)
    for kind, table in (("level", "reading"), ("stage", "gauge_stage")):
        query = sql.SQL("SELECT gauge_id, count(*) AS n FROM {} GROUP BY 1").format(sql.Identifier(table))
        for row in conn.execute(query):
            for gauge, of in product((None, row["gauge_id"]), (None, kind)):
                found[gauge, of] += row["n"]
    return found


def forget(conn: Connection, *, days: int) -> None:
    assert retention.forget_readings(conn, before=NOW - timedelta(days=days))


def test_before_anything_was_forgotten(conn: Connection) -> None:
    assert counted(conn) == there(conn)
    assert counted(conn)[None, None] == 2 * DAYS * 144 + 3


def test_whole_chunks_were_forgotten_whose_hours_remain(conn: Connection) -> None:
    forget(conn, days=9)
    assert there(conn)[None, "level"] < 2 * DAYS * 144
    assert counted(conn) == there(conn)


def test_hours_that_are_not_added_up_anew(conn: Connection) -> None:
    forget(conn, days=9)
    add(conn, [NOW - timedelta(minutes=10 * number + 3) for number in range(40)])
    assert counted(conn) == there(conn)
    readings.recompute_dirty(conn, limit=7, now=NOW)
    assert counted(conn) == there(conn)


def test_a_late_reading_into_a_time_that_was_forgotten(conn: Connection) -> None:
    forget(conn, days=9)
    add(conn, [NOW - timedelta(days=18, minutes=7)])
    assert counted(conn) == there(conn)
    readings.recompute_dirty(conn, limit=5000, now=NOW)
    assert counted(conn) == there(conn)


def test_a_longer_retention_brings_nothing_back(conn: Connection) -> None:
    forget(conn, days=9)
    forget(conn, days=15)
    assert counted(conn) == there(conn)


def test_hours_suffice_for_what_was_not_forgotten(conn: Connection) -> None:
    """Their own number is what is shown, so that millions of readings need not be read."""
    forget(conn, days=19)
    conn.execute(
        "UPDATE reading_hourly SET n = n + 1000 WHERE gauge_id = 'manggarai' AND bucket = %s", (NOW.replace(minute=0),)
    )
    assert counted(conn)["manggarai", "level"] == there(conn)["manggarai", "level"] + 1000


def test_an_unknown_property_has_none(conn: Connection) -> None:
    assert store_count.observations(conn, gauge_id="manggarai", property_id="rain") == 0
