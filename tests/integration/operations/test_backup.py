"""Backup and restore as a person runs them: every row, picture, right and definition comes back, or it says so."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.support.admin.commands import run_admin
from tests.support.cloud_core import (
    NOW,
    a_delivery,
    a_jpeg,
    a_reading,
    deliver,
    event_message,
    evidence_message,
    readings_message,
)

from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.operations.backup import pool
from siaga_cloud.operations.backup.make import Place, make
from siaga_cloud.operations.backup.manifest import BackupError
from siaga_cloud.operations.backup.restore import check_files, restore
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_sim.stack.postgres import Postgres

PROGRAM = "import sys; from siaga_cloud.main import main; sys.argv[0] = 'siaga-cloud'; main()"


def admin(url: str, media: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run_admin(*args, environment={"SIAGA_DATABASE_URL": url, "SIAGA_MEDIA_DIR": str(media)})


@contextmanager
def login_of(postgres: Postgres, group: str) -> Iterator[str]:
    name = f"drill_{uuid4().hex[:8]}"
    with psycopg.connect(postgres.dsn, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE ROLE {} LOGIN IN ROLE {} PASSWORD 'x'").format(*map(sql.Identifier, (name, group)))
        )
        yield name
        conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def fill(url: str, media: Path) -> None:
    """A few weeks of readings (several chunks), an event with a picture, its signal and its jobs."""
    outbox, event_id = uuid4(), uuid4()
    readings = [a_reading(500 + day, at=NOW - timedelta(days=day, minutes=3)) for day in range(28)]
    images = [
        evidence_message(a_jpeg((60, 25 * n, 90)), event_id=event_id, outbox_id=outbox, seq=n, at=NOW)
        for n in range(3, 8)
    ]
    batch = [
        deliver(readings_message(*reversed(readings), outbox_id=outbox, seq=1)),
        deliver(event_message(outbox_id=outbox, at=NOW, seq=2, event_id=event_id)),
        *(a_delivery(topic, payload) for topic, payload in images),
    ]
    with connect(url) as conn:
        prepare_stages(conn)
        with conn.transaction():
            store(conn, sort(batch), media=MediaFolder(media), now=NOW, policy=IngestPolicy(unowned="accept"))


def rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as conn:
        return conn.execute(query.encode()).fetchall()


def every_image(media: Path) -> dict[str, bytes]:
    return {name: pool.place(media, name).read_bytes() for name in pool.names_in(media)}


def test_everything_comes_back_byte_for_byte(
    postgres: Postgres, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    before, after, backups = tmp_path / "media", tmp_path / "media-after", tmp_path / "backups"
    fill(database_url, before)
    with login_of(postgres, "siaga_ingest") as lost:
        done = admin(database_url, before, "backup", str(backups))
        assert done.returncode == 0, done.stderr
        with psycopg.connect(postgres.dsn, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(lost)))
        (backup,) = Place(folder=backups, leave_free_bytes=0, report=print).finished()
        back = admin(empty_database_url, after, "restore", str(backup))
    assert back.returncode == 0, back.stderr
    assert f'CREATE ROLE "{lost}" LOGIN IN ROLE siaga_ingest' in back.stderr

    assert len(every_image(before)) == 5
    assert every_image(after) == every_image(before)
    # By other means than the product's own comparison.
    for query in (
        "SELECT * FROM message ORDER BY id",
        "SELECT * FROM reading ORDER BY gauge_id, measured_at",
        "SELECT * FROM procrastinate_jobs ORDER BY id",
        "SELECT hypertable_name, num_chunks FROM timescaledb_information.hypertables ORDER BY 1",
        "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants ORDER BY 1, 2, 3",
        "SELECT count(*) FROM pg_policies",
        "SELECT viewname, definition FROM pg_views WHERE schemaname IN ('public', 'dashboards') ORDER BY 1, 2",
    ):
        assert rows(empty_database_url, query) == rows(database_url, query) != [], query
    assert rows(empty_database_url, "SELECT count(*) FROM timescaledb_information.chunks")[0][0] > 4

    fill(empty_database_url, after)  # it works on: new rows, new chunks, new jobs
    assert rows(empty_database_url, "SELECT count(*) FROM message") == [(14,)]

    message = done.stdout + done.stderr + back.stdout + back.stderr + (backup / "manifest.json").read_text()
    assert (urlsplit(database_url).password or "?") not in message
    assert oct(backups.stat().st_mode & 0o077) == "0o0"

    again = admin(empty_database_url, after, "restore", str(backup))
    assert again.returncode == 1
    assert "tables (such as accuracy_item), expected an empty one" in again.stderr


def test_what_is_damaged_or_half_done_is_found_out(database_url: str, empty_database_url: str, tmp_path: Path) -> None:
    media, backups, message = tmp_path / "media", tmp_path / "backups", list[str]()
    fill(database_url, media)
    place = Place(folder=backups, leave_free_bytes=0, report=message.append)
    backup = make(database_url, media, place, retain=3)
    check_files(backup, report=message.append)

    image = pool.place(place.pool, next(iter(pool.names_in(media))))
    whole = image.read_bytes()
    image.write_bytes(whole[:-1] + b"x")
    with pytest.raises(BackupError, match="damaged or not there"):
        check_files(backup, report=message.append)
    image.write_bytes(whole)

    # A dump that is not of the rows that were counted: as if rows had got lost on the way.
    text = (backup / "manifest.json").read_text()
    fields = json.loads(text)
    fields["tables"]["reading"]["count"] += 1
    (backup / "manifest.json").write_text(json.dumps(fields))
    with pytest.raises(BackupError, match="table reading: got 28 rows, expected 29"):
        restore(backup, empty_database_url, tmp_path / "other", report=message.append)
    (backup / "manifest.json").write_text(text)
    with pytest.raises(BackupError, match="did not complete; drop it"):
        restore(backup, empty_database_url, tmp_path / "other", report=message.append)


def test_old_backups_are_deleted_with_the_images_that_no_other_backup_names(database_url: str, tmp_path: Path) -> None:
    media, message = MediaFolder(tmp_path / "media"), list[str]()
    place = Place(folder=tmp_path / "backups", leave_free_bytes=0, report=message.append)
    gone, remains = media.persist(b"gone"), media.persist(b"stays")
    first = make(database_url, media.root, place, retain=1)
    media.discard(gone)
    media.persist(b"new")
    broken = media.persist(b"broken")
    media.path(broken).write_bytes(b"something else")
    (place.folder / ".partial-of-a-killed-one").mkdir()
    second = make(database_url, media.root, place, retain=1)
    assert place.finished() == [second]
    assert not first.exists()
    assert not list(place.folder.glob(".partial-*"))
    assert set(pool.names_in(place.pool)) == {remains, hashlib.sha256(b"new").hexdigest()}


def test_a_disk_that_others_need_is_left_free(database_url: str, tmp_path: Path) -> None:
    place = Place(folder=tmp_path / "backups", leave_free_bytes=2**60, report=print)
    with pytest.raises(BackupError, match="MiB; the incomplete backup was deleted"):
        make(database_url, tmp_path / "media", place, retain=1)
    assert place.finished() == []
    assert not list(place.folder.glob(".partial-*"))


def test_a_restored_database_uses_no_number_that_a_node_has_seen(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("INSERT INTO node (id, health) VALUES ('node-a', '{\"command\": {\"number\": 41}}')")
        assert fleet.next_number(conn, "node-a") == 42
        assert fleet.next_number(conn, "node-b") == 1
