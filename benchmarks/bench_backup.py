"""Backup and restore of a million readings and a thousand pictures, against pg_dump and pg_restore alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
from benchmarks.figure import Figure

from siaga_cloud.operations.backup.make import Place, make
from siaga_cloud.operations.backup.programs import find_program, login
from siaga_cloud.operations.backup.restore import restore
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_sim.stack.postgres import Postgres

READINGS = 1_000_000
MEDIA_FILES, IMAGE_BYTES = 1000, 60_000


def figures() -> Iterable[Figure]:
    """Seconds of each; the counting, hashing and comparing of every row is what the product adds."""
    folder = Path(tempfile.mkdtemp(prefix="siaga-backup-"))
    try:
        with Postgres(folder=folder / "cluster") as server:
            try:
                yield from _measured(server, folder)
            finally:
                shutil.rmtree(server.folder, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(server: Postgres, folder: Path) -> Iterable[Figure]:
    url, media = server.create_database("before"), MediaFolder(folder / "media")
    migrate(url)
    with connect(url, statement_timeout_seconds=0) as conn:
        conn.execute(
            "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
            " SELECT 'gauge-' || n %% 500, now() - interval '1 second' * n, n %% 900, 'good', 'box', now()"
            " FROM generate_series(1, %s) AS n",
            (READINGS,),
        )
    for _ in range(MEDIA_FILES):
        media.persist(os.urandom(IMAGE_BYTES))
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute("VACUUM (ANALYZE)")
    place = Place(folder=folder / "backups", leave_free_bytes=0, report=lambda _: None)
    dump = folder / "plain.dump"
    dumped = _seconds(lambda: _plain("pg_dump", url, "--format=custom", "--compress=3", f"--file={dump}"))
    made = _seconds(lambda: make(url, media.root, place, retain=2))
    again = _seconds(lambda: make(url, media.root, place, retain=2))
    into, plain = server.create_database("after"), server.create_database("plain")
    with psycopg.connect(plain, autocommit=True) as raw:
        raw.execute("CREATE EXTENSION timescaledb")
        raw.execute("SELECT timescaledb_pre_restore()")
    restored_plain = _seconds(lambda: _plain("pg_restore", plain, "--no-owner", "--dbname=", str(dump)))
    backup = place.finished()[-1]
    restored = _seconds(lambda: restore(backup, into, folder / "media-after", report=lambda _: None))
    size = (backup / "database.dump").stat().st_size / 2**20
    yield Figure(name="backup, a million readings and 60 MB of pictures", value=made, unit="s", baseline=dumped)
    yield Figure(name="the next backup, pictures are there already", value=again, unit="s", baseline=dumped)
    yield Figure(name="restore, every row compared", value=restored, unit="s", baseline=restored_plain)
    yield Figure(name="dump of a million readings", value=size, unit="MiB")


def _plain(name: str, url: str, *words: str) -> None:
    subprocess.run([find_program(name, 17), *words], env={**os.environ, **login(url)}, capture_output=True, check=True)


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
