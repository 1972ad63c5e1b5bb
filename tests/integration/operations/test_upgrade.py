"""The upgrade drill: from the version of migration 0171, full of rows, while its programs go on, to this version."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg import sql
from tests.support.old_release import create_old_database
from typer.testing import CliRunner

from siaga_cloud.main import app
from siaga_cloud.platform.db import migrate as db_migrate
from siaga_cloud.platform.db.connection import LOCK_TIMEOUT_SECONDS, connect
from siaga_cloud.platform.db.migrate import Migration, MigrationError, migrate
from siaga_cloud.platform.db.schema import misfit

# What programs of that version ask, each with the rights of its group. Their rows have keys of their own.
QUERIES: dict[str, tuple[str, ...]] = {
    "siaga_ingest": (
        (
            "INSERT INTO node AS held (id, last_seen_at) VALUES ('drill', now())"
            " ON CONFLICT (id) DO UPDATE SET last_seen_at = greatest(held.last_seen_at, excluded.last_seen_at)"
        ),
        (
            "INSERT INTO message (id, measured_at, node_id, stream, outbox_id, seq, sent_at, received_at, late,"
            " size_bytes) SELECT gen_random_uuid(), clock_timestamp(), 'drill', 'readings',"
            " '00000000-0000-7000-8000-000000000001',"
            " coalesce(max(seq), 0) + 1, now(), now(), false, 300 FROM message WHERE node_id = 'drill'"
            " ON CONFLICT DO NOTHING RETURNING id"
        ),
        (
            "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
            " VALUES ('drill', clock_timestamp(), 1, 'good', 'drill', now()) ON CONFLICT DO NOTHING"
        ),
        (
            "INSERT INTO node_ledger AS held (node_id, outbox_id, highest_seq, received, stored)"
            " VALUES ('drill', '00000000-0000-7000-8000-000000000001', 1, 1, 1) ON CONFLICT (node_id, outbox_id)"
            " DO UPDATE SET highest_seq = held.highest_seq + 1, received = held.received + 1, stored = held.stored + 1"
        ),
        (
            "INSERT INTO camera_latest (camera_id, node_id, at) VALUES ('drill', 'drill', now())"
            " ON CONFLICT (camera_id) DO UPDATE SET at = excluded.at"
        ),
    ),
    "siaga_api": (
        "SELECT act_for('operator', 'officer-1', NULL, NULL, false)",
        (
            "SELECT incident.id, area.name FROM incident_seen AS incident LEFT JOIN area ON area.id = incident.area_id"
            " WHERE incident.state <> 'closed' ORDER BY incident.last_signal_at DESC LIMIT 50"
        ),
        "SELECT state, count(*) FROM task_seen GROUP BY 1",
        "SELECT gauge.id, latest.level_cm FROM gauge LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id",
    ),
    "siaga_worker": (
        "INSERT INTO rollup_dirty VALUES ('drill', date_trunc('hour', now()), now()) ON CONFLICT DO NOTHING",
        (
            "SELECT task.id FROM task JOIN incident ON incident.id = task.incident_id WHERE task.finished_at IS NULL"
            " AND task.resolve_by < now() LIMIT 100"
        ),
        "SELECT id, revision FROM signal WHERE taken_revision < revision ORDER BY received_at LIMIT 10",
    ),
}


UNSEEN = {"wall_salt": "dashboards_salt"}  # renamed, and read by no program


@pytest.fixture
def old_url(empty_database_url: str) -> str:
    """A database as that version's `migrate` left it, with rows."""
    create_old_database(empty_database_url)
    return empty_database_url


@dataclass
class OldProgram:
    """Asks its queries over and over, as the version before does."""

    url: str
    role: str
    turns: int = 0
    deadlocks: int = 0
    longest_seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        with connect(self.url, name="old-program") as conn:
            conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.role)))
            conn.commit()
            while not stop.wait(0.005):
                began = time.monotonic()
                try:
                    with conn.transaction():
                        for query in QUERIES[self.role]:
                            conn.execute(query.encode())
                except psycopg.errors.DeadlockDetected:
                    self.deadlocks += 1  # programs try the whole again, and so does this one
                except psycopg.Error as error:
                    self.errors.append(f"{self.role}: {error}")
                else:
                    self.turns += 1
                self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)


@contextmanager
def old_programs(url: str) -> Iterator[list[OldProgram]]:
    programs, stop = [OldProgram(url, role) for role in QUERIES], threading.Event()
    threads = [threading.Thread(target=program.run, args=(stop,)) for program in programs]
    for thread in threads:
        thread.start()
    try:
        yield programs
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def store_aside(url: str) -> dict[str, list[str]]:
    """Every row of every table, copied; returns the columns of each table."""
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY 1"
        ).fetchall()
        conn.execute("CREATE SCHEMA before")
        for table, _ in rows:
            names = [sql.Identifier(schema, table) for schema in ("before", "public")]
            conn.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(*names))
    return dict(rows)


def lost(url: str, columns: dict[str, list[str]]) -> dict[str, int]:
    """Rows of before that are not there any more, by table; by former names, which views and columns still have."""
    found = {}
    with psycopg.connect(url) as conn:
        for table, names in columns.items():
            row = sql.SQL("ROW({})::text").format(sql.SQL(", ").join(map(sql.Identifier, names)))
            query = sql.SQL("SELECT count(*) FROM (SELECT {0} FROM {1} EXCEPT SELECT {0} FROM {2}) AS gone").format(
                row, sql.Identifier("before", table), sql.Identifier("public", UNSEEN.get(table, table))
            )
            found[table] = (conn.execute(query).fetchone() or (0,))[0]
    return {table: count for table, count in found.items() if count}


@pytest.mark.timeout(180)
def test_the_version_before_works_on_while_its_database_is_upgraded(
    old_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert "the database is older than this program" in (misfit(old_url) or "")
    columns = store_aside(old_url)
    assert len(columns) > 80
    upgraded: list[db_migrate.MigrationResult] = []
    with old_programs(old_url) as programs, psycopg.connect(old_url) as reader:
        # Somebody reads for long, as pg_dump does: until the upgrade has let everybody pass at least once.
        reader.execute(
            "SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM task), (SELECT count(*) FROM report)"
        )
        upgrading = threading.Thread(target=lambda: upgraded.append(migrate(old_url)))
        upgrading.start()
        deadline = time.monotonic() + 60
        while "attempt 2" not in caplog.text:
            assert time.monotonic() < deadline, "the upgrade never met the reader"
            time.sleep(0.02)
        reader.commit()
        upgrading.join()
        turns = [program.turns for program in programs]
        while any(program.turns < before + 20 for program, before in zip(programs, turns, strict=True)):
            assert [program.errors for program in programs] == [[], [], []]
            assert time.monotonic() < deadline + 30, "the version before cannot work on the new schema"
            time.sleep(0.02)
    assert upgraded[0].applied[0] == "0180_feed_shown"
    assert [program.errors for program in programs] == [[], [], []]
    assert max(program.longest_seconds for program in programs) < LOCK_TIMEOUT_SECONDS
    assert lost(old_url, columns) == {}
    with psycopg.connect(old_url) as conn:
        written = conn.execute("SELECT count(*), max(seq) FROM message WHERE node_id = 'drill'").fetchone()
        counted = conn.execute("SELECT stored FROM node_ledger WHERE node_id = 'drill'").fetchone()
        assert written == (programs[0].turns, programs[0].turns) == (*(counted or ()), programs[0].turns)
        assert conn.execute("SELECT count(*) FROM dashboards.gauge_now").fetchone() == (6,)
    assert misfit(old_url) is None
    assert migrate(old_url).applied == ()


def with_more(monkeypatch: pytest.MonkeyPatch, *more: Migration) -> None:
    shipped = db_migrate.migrations()
    monkeypatch.setattr(db_migrate, "migrations", lambda: (*shipped, *more))


NEXT = Migration(version=9000, name="more", sql="ALTER TABLE agency ADD COLUMN motto text")
DROPPED_COLUMN = Migration(version=9001, name="less", sql="ALTER TABLE agency DROP COLUMN colour", is_post=True)


def test_what_is_removed_waits_for_the_last_old_program(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        with_more(newer, NEXT, DROPPED_COLUMN)
        done = migrate(database_url)
        assert (done.applied, done.waiting) == (("9000_more",), ("9001_less",))
    assert misfit(database_url) is None, "a program of before works on while the new one is brought in"
    with monkeypatch.context() as newer:
        with_more(newer, NEXT, DROPPED_COLUMN)
        assert migrate(database_url, finish=True).applied == ("9001_less",)
    assert misfit(database_url) == (
        "the database is newer than this program: 9001_less removed what this version needs; run the newer siaga-cloud"
    )
    with pytest.raises(MigrationError, match="9000_more, which is newer"):
        migrate(database_url)


@pytest.mark.parametrize("role", ["ingest", "api", "worker", "feeds", "fetch"])
def test_a_program_refuses_a_database_that_does_not_fit(empty_database_url: str, role: str) -> None:
    done = CliRunner().invoke(app, [role], env={"SIAGA_DATABASE_URL": empty_database_url})
    assert done.exit_code == 3
    assert done.output == f"siaga-cloud {role}: the database has no tables; run siaga-cloud migrate first\n"


def test_a_half_restored_database_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("CREATE SCHEMA siaga_restoring")
    assert "did not complete" in (misfit(database_url) or "")
