"""Indexes of files `.concurrent.sql`: built while programs write, on TimescaleDB and on plain tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from tests.integration.operations.test_upgrade import with_more

from siaga_cloud.platform.db import index_builds
from siaga_cloud.platform.db import migrate as db_migrate
from siaga_cloud.platform.db.migrate import Migration, MigrationError, MigrationResult, migrate
from siaga_cloud.platform.db.schema import misfit
from siaga_sim.stack.child import wait_until

PLAIN = "CREATE INDEX CONCURRENTLY IF NOT EXISTS agency_by_name ON agency (name) WHERE name <> '';\n"
SERIES = "CREATE INDEX CONCURRENTLY IF NOT EXISTS reading_by_level ON reading (level_cm) WHERE level_cm > 0;\n"
BUILD = Migration(version=9000, name="indexes", sql=f"-- Why.\n{PLAIN}{SERIES}", is_concurrent=True)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
READING = (
    "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
    " VALUES ('g', now() - interval '%s days', 1, 'good', 'n', now())"
)
AGENCY = "INSERT INTO agency (id, name) VALUES (%s, 'An agency')"


def value(url: str, query: str, *values: object) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(query.encode(), values).fetchone()
    return row[0] if row else None


def add_readings(url: str, *, weeks: int) -> None:
    with psycopg.connect(url) as conn:
        for week in range(weeks):
            conn.execute((READING % (7 * week)).encode())


def lock_chunk(conn: psycopg.Connection) -> None:
    """Takes the lock of somebody who writes to the first chunk of the readings, that of today."""
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reading'::regclass ORDER BY inhrelid"
    chunks = [str(name) for (name,) in conn.execute(query)]
    conn.execute(f"LOCK TABLE {chunks[0]} IN ROW EXCLUSIVE MODE".encode())


@dataclass
class Running:
    """A migrate in a thread of its own."""

    url: str
    done: list[MigrationResult] = field(default_factory=list)

    def _run(self) -> None:
        self.done.append(migrate(self.url))

    @contextmanager
    def started(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            thread.join(60)
        assert not thread.is_alive()


def waits_for(url: str, *, beginning: str) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE %s"
        " AND wait_event_type = 'Lock')"
    )
    return bool(value(url, query, f"{beginning}%"))


@pytest.fixture(params=["timescaledb", "plain"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind."""
    if request.param == "timescaledb":
        return str(request.getfixturevalue("database_url"))
    url = str(request.getfixturevalue("plain_database_url"))
    migrate(url)
    return url


def test_both_kinds_of_tables_get_their_indexes_once(any_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = any_database_url
    add_readings(url, weeks=3)
    with_more(monkeypatch, BUILD)
    assert misfit(url) is None, "programs need no index to start"
    assert migrate(url).applied == ("9000_indexes",)
    assert migrate(url).applied == ()
    assert value(url, VALID, "agency_by_name") is value(url, VALID, "reading_by_level") is True
    assert value(url, "SELECT phase FROM siaga_migration WHERE version = 9000") == "concurrent"
    parts = value(url, "SELECT count(*) FROM pg_indexes WHERE right(indexname, 16) = 'reading_by_level'")
    chunks = value(url, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'reading'::regclass")
    assert parts == (chunks or 0) + 1  # type: ignore[operator]


def test_programs_write_while_an_index_is_built(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain CREATE INDEX would wait for the open transaction, and whoever writes after it for the index."""
    with_more(monkeypatch, Migration(version=9000, name="index", sql=PLAIN, is_concurrent=True))
    running = Running(database_url)
    with psycopg.connect(database_url) as earlier, running.started():
        earlier.execute(AGENCY, ("earlier",))
        wait_until(lambda: waits_for(database_url, beginning="CREATE INDEX"), seconds=30, what="the build")
        with psycopg.connect(database_url, options="-c lock_timeout=2s") as other:
            other.execute(AGENCY, ("other",))
        assert running.done == []
        earlier.commit()
    assert running.done[0].applied == ("9000_index",)
    assert value(database_url, VALID, "agency_by_name") is True


def test_two_at_once_do_not_wait_for_each_other(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waited in a query would be what the build of the other one waits for."""
    with_more(monkeypatch, BUILD)
    first, second = Running(database_url), Running(database_url)
    with first.started(), second.started():
        pass
    assert sorted(len(one.done[0].applied) for one in (first, second)) == [0, 1]


def test_a_series_is_written_while_one_of_its_chunks_waits(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_readings(database_url, weeks=3)
    with_more(monkeypatch, Migration(version=9000, name="index", sql=SERIES, is_concurrent=True))
    running = Running(database_url)
    with psycopg.connect(database_url) as earlier, running.started():
        lock_chunk(earlier)
        wait_until(lambda: waits_for(database_url, beginning="CREATE INDEX"), seconds=30, what="the build")
        with psycopg.connect(database_url, options="-c lock_timeout=1s") as other:
            other.execute((READING % 15).encode())
        assert running.done == []
        earlier.commit()
    assert running.done[0].applied == ("9000_index",)


@pytest.mark.parametrize(("statement", "name"), [(PLAIN, "agency_by_name"), (SERIES, "reading_by_level")])
def test_what_an_interrupted_build_left_is_dropped_and_built_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch, statement: str, name: str
) -> None:
    add_readings(database_url, weeks=3)
    with_more(monkeypatch, Migration(version=9000, name="index", sql=statement, is_concurrent=True))
    monkeypatch.setattr(db_migrate, "LOCK_TRIES", 1)
    monkeypatch.setattr(index_builds, "BUILD_SECONDS", 1)
    with psycopg.connect(database_url) as writer:
        writer.execute(AGENCY, ("writer",))
        lock_chunk(writer)
        with pytest.raises((psycopg.errors.QueryCanceled, MigrationError)):
            migrate(database_url)
        assert value(database_url, VALID, name) is False
        writer.commit()
    assert migrate(database_url).applied == ("9000_index",)
    assert value(database_url, VALID, name) is True


@pytest.mark.parametrize(
    "text", ["DROP INDEX a;", "CREATE INDEX a ON b (c);", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON b (c);"]
)
def test_other_statements_are_refused(text: str) -> None:
    with pytest.raises(index_builds.StatementError, match="expected CREATE INDEX CONCURRENTLY IF NOT EXISTS"):
        list(index_builds.read(text))
