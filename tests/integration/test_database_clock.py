"""The database and the programs have one clock: `make test-calendar` moves both, or its result would mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg


def test_the_database_shows_the_time_of_the_programs(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    assert abs((row[0] - datetime.now(UTC)).total_seconds()) < 60
