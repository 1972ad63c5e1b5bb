"""`siaga-cloud admin disk`: sizes as PostgreSQL tells them, growth from chunks and from the days before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from typer.testing import CliRunner

from siaga_cloud.cli import app
from siaga_cloud.operations.cli.disk import growth_of
from siaga_cloud.operations.service.disk import Growth, days_until_full
from siaga_cloud.platform.db import sizes
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.sizes import TableSize


@pytest.mark.parametrize(
    ("free", "growths", "days"),
    [
        (100, [Growth(bytes_a_day=10)], 10),
        (99, [Growth(bytes_a_day=10)], 9),
        (100, [Growth(bytes_a_day=10, days_to_steady=9)], None),
        (100, [Growth(bytes_a_day=10, days_to_steady=5), Growth(bytes_a_day=1)], 50),
        (100, [Growth(bytes_a_day=10, days_to_steady=-3)], None),
        (0, [Growth(bytes_a_day=1)], 0),
        (0, [], None),
    ],
)
def test_days_are_those_that_are_left(free: float, growths: list[Growth], days: int | None) -> None:
    assert days_until_full(free, growths) == days


def test_a_series_grows_until_its_retention_is_reached() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    table = TableSize(name="reading", bytes=1, rows=1, bytes_a_day=7.0, oldest_at=now - timedelta(days=80))
    assert growth_of(table, {"reading": 90}, now) == Growth(bytes_a_day=7.0, days_to_steady=10.0)
    assert growth_of(table, {}, now) == Growth(bytes_a_day=7.0)


def own_sizes(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    """The bytes of `reading` and of `report`, as the database counts them."""
    query = "SELECT hypertable_size('reading') AS reading, pg_total_relation_size('report') AS report"
    row = conn.cursor(row_factory=dict_row).execute(query).fetchone()
    assert row is not None
    return row["reading"], row["report"]


def test_sizes_and_growth_are_the_databases_own(database_url: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with connect(database_url) as conn:
        conn.execute(
            "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
            " SELECT 'g' || n, at, 1, 'good', 'box', at FROM generate_series(1, 20) AS n,"
            " generate_series(now() - interval '28 days', now(), interval '1 hour') AS at"
        )
        conn.execute("INSERT INTO table_size SELECT now()::date - 10, 'report', 0")
        conn.commit()
        conn.execute("ANALYZE")
        before = own_sizes(conn)
        conn.execute("SET ROLE siaga_worker")
        sizes.record(conn, now=now)  # as the worker may
        sizes.record(conn, now=now)
        found = {table.name: table for table in sizes.tables(conn, now=now)}
        conn.commit()
    with psycopg.connect(database_url) as raw:
        truth = own_sizes(raw)
        recorded = raw.execute("SELECT count(*), count(*) FILTER (WHERE name = 'reading') FROM table_size").fetchone()
    # Autovacuum may add a visibility map at any moment.
    assert before[0] <= found["reading"].bytes <= truth[0]
    assert before[1] == found["report"].bytes == truth[1]
    assert recorded is not None
    assert recorded[0] > 100
    assert recorded[1] == 1
    assert found["report"].bytes_a_day == truth[1] / 10
    reading = found["reading"]
    assert reading.oldest_at is not None
    assert 28 <= (now - reading.oldest_at).days < 36
    assert reading.rows == pytest.approx(20 * 28 * 24, rel=0.1)
    assert reading.bytes_a_day == pytest.approx(reading.bytes / 28, rel=0.4)

    env = {"SIAGA_DATABASE_URL": database_url, "SIAGA_MEDIA_DIR": str(tmp_path)}
    message = CliRunner().invoke(app, ["disk", "--free-gib", "0.01"], env=env)
    assert message.exit_code == 0, message.output
    assert any(line.split()[0] == "reading" and "90 days" in line for line in message.output.splitlines())
    assert "MiB free: full in" in message.output
    assert "10.24 MiB free" in message.output
