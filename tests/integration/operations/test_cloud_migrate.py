"""Migrations: forward only, once, and the same schema with and without TimescaleDB."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from tests.support.cloud_core import NOW, a_reading, deliver, readings_message

from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db import migrate as db_migrate
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import MigrationError, migrate
from siaga_cloud.platform.media.folder import MediaFolder

NODE_OUTBOX = uuid4()


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {row[0] for row in found}


def test_a_second_migrate_changes_nothing(empty_database_url: str) -> None:
    first = migrate(empty_database_url)
    assert "0001_city_and_record" in first.applied
    assert first.storage.startswith("TimescaleDB ")
    before = tables(empty_database_url)
    assert migrate(empty_database_url).applied == ()
    assert tables(empty_database_url) == before >= {"message", "task", "procrastinate_jobs"}


def test_two_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    done: list[db_migrate.MigrationResult] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(empty_database_url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.applied) for one in done) == [0, len(db_migrate.migrations())]


def test_a_changed_file_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("UPDATE siaga_migration SET sha256 = 'other' WHERE version = 1")
    with pytest.raises(MigrationError, match=r"0001_city_and_record\.sql changed after it was applied"):
        migrate(database_url)


def test_a_database_newer_than_the_program_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO siaga_migration VALUES (9999, 'future', 'x', now(), 0)")
    with pytest.raises(MigrationError, match=r"9999_future, which is newer"):
        migrate(database_url)


def test_every_table_documents_what_it_is_for(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        silent = conn.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND obj_description(oid) IS NULL AND relname !~ '^(procrastinate|siaga)_'"
        ).fetchall()
    assert silent == []


def test_the_audit_trail_cannot_be_changed(database_url: str) -> None:
    with psycopg.connect(database_url) as conn, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        conn.execute("DELETE FROM task_move")


def test_without_timescaledb_plain_tables_serve_and_it_is_logged(plain_database_url: str, tmp_path: Path) -> None:
    assert migrate(plain_database_url).storage.startswith("plain tables (no TimescaleDB)")
    old = NOW - timedelta(days=20)
    batch = sort([deliver(readings_message(a_reading(at=old), a_reading(at=NOW), outbox_id=NODE_OUTBOX))])
    with connect(plain_database_url) as conn:
        prepare_stages(conn)
        with conn.transaction():
            store(conn, batch, media=MediaFolder(tmp_path), now=NOW, policy=IngestPolicy(unowned="accept"))
            upkeep.roll_up(conn, now=NOW)
            upkeep.forget(conn, forget_old_readings=timedelta(days=10), forget_old_messages=timedelta(days=10), now=NOW)
        left = conn.execute("SELECT measured_at FROM reading").fetchall()
    assert [row["measured_at"] for row in left] == [NOW]


def test_only_the_worker_may_forget_and_only_time_series(database_url: str) -> None:
    with connect(database_url) as conn:
        for role, error in (("siaga_api", InsufficientPrivilege), ("siaga_worker", InvalidParameterValue)):
            conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            conn.commit()
            with pytest.raises(error):
                conn.execute("SELECT forget_before('task_move', now(), 1)")
            conn.rollback()


def test_chunks_are_dropped_only_when_their_hours_are_rolled_up(database_url: str, tmp_path: Path) -> None:
    old = NOW - timedelta(days=29)
    batch = sort([deliver(readings_message(a_reading(at=old), a_reading(at=NOW), outbox_id=NODE_OUTBOX))])
    with connect(database_url) as conn:
        prepare_stages(conn)
        with conn.transaction():
            store(conn, batch, media=MediaFolder(tmp_path), now=NOW, policy=IngestPolicy(unowned="accept"))
        forget = {"forget_old_readings": timedelta(days=10), "forget_old_messages": timedelta(days=10), "now": NOW}
        with conn.transaction():
            upkeep.forget(conn, **forget)  # type: ignore[arg-type]
        assert count(conn, "reading") == 2, "an hour that is not rolled up is not forgotten"
        conn.execute("SET ROLE siaga_worker")
        conn.commit()
        with conn.transaction():
            upkeep.roll_up(conn, now=NOW)
            upkeep.forget(conn, **forget)  # type: ignore[arg-type]
        assert (count(conn, "reading"), count(conn, "reading_hourly")) == (1, 2)


def count(conn: psycopg.Connection[dict[str, object]], table: str) -> object:
    row = conn.execute(b"SELECT count(*) AS n FROM " + table.encode()).fetchone()
    return row["n"] if row else None
