"""The database back at one second before a bad delete, from an encrypted base backup and encrypted WAL, by the scripts
of packaging/backup (docs/recovery.md).
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from benchmarks.bench_figures import CLOUD, run_program
from benchmarks.restore_drill.archive import Archive, encrypted_archive
from tests.support.http_api import load_demo_city

from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.folders import give_to
from siaga_sim.stack.postgres import Postgres, find_programs

EVERY_SECONDS: Final = 0.02
BEFORE: Final = timedelta(seconds=1)
CALM_SECONDS: Final = 4.0
_WRITE: Final = (
    "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)"
    " VALUES ('manggarai', clock_timestamp(), 700, 'good', 'box', clock_timestamp()) RETURNING measured_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What the drill came to. `missing` rows were written before the point and are not there; `later` ones after it and
    are there. `short_ms`: from the last row that is there to the point. `plain_files` of the archive are not encrypted.
    """

    seconds: float
    base_seconds: float
    deleted: int
    rows: int
    missing: int
    later: int
    short_ms: float
    encrypted_files: int
    plain_files: int


@dataclass(slots=True)
class _Writer:
    """Writes a row every 20 ms, as ingest does with readings, and remembers when each was written."""

    url: str
    written: list[datetime] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._write, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(30)

    def _write(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            while not self._stop.wait(EVERY_SECONDS):
                row = conn.execute(_WRITE).fetchone()
                if row is not None:
                    self.written.append(row[0])


def point_in_time(folder: Path, *, log: Callable[[str], None]) -> Point:
    """Archive WAL, delete what must not be deleted, lose the server, and recover to a second before."""
    with encrypted_archive(find_programs()) as archive:
        return _drilled(folder, archive, log)


def _drilled(folder: Path, archive: Archive, log: Callable[[str], None]) -> Point:
    settings = {"archive_mode": "on", "archive_timeout": "60", "archive_command": archive.archive_command()}
    with Postgres(folder=folder / "primary", settings=settings) as server:
        url = server.create_database("siaga")
        migrate(url)
        load_demo_city(url)
        base_seconds = archive.base_backup(server.dsn)
        writer = _Writer(url)
        with writer.running():
            time.sleep(CALM_SECONDS)
            deleted_at, deleted = _bad_delete(url)
            time.sleep(CALM_SECONDS)
        _archive_rest(url)
        log(f"{len(writer.written)} rows written, {deleted} deleted by mistake; the server is lost")
        password = server.password
    shutil.rmtree(server.folder, ignore_errors=True)
    encrypted, plain = archive.files()
    point, began = deleted_at - BEFORE, time.monotonic()
    with _recovering(folder, archive, password, point) as recovered:
        url = recovered.url("siaga")
        wait_until(lambda: not _value(url, "SELECT pg_is_in_recovery()"), seconds=120, what="the end of recovery")
        replay = ["admin", "replay", "request", "--since", point.isoformat(timespec="seconds")]
        run_program(CLOUD, replay, {"SIAGA_DATABASE_URL": url})
        seconds = time.monotonic() - began
        with psycopg.connect(url) as conn:
            there = {row[0] for row in conn.execute("SELECT measured_at FROM reading")}
    wanted = {at for at in writer.written if at <= point}
    return Point(
        seconds=seconds, base_seconds=base_seconds, deleted=deleted, rows=len(there), missing=len(wanted - there),
        later=len(there - wanted), short_ms=(point - max(there)).total_seconds() * 1000,
        encrypted_files=encrypted, plain_files=plain,
    )  # fmt: skip


def _bad_delete(url: str) -> tuple[datetime, int]:
    with psycopg.connect(url, autocommit=True) as conn:
        at = conn.execute("SELECT clock_timestamp()").fetchone()
        deleted = conn.execute("DELETE FROM reading").rowcount
    if at is None:
        raise RuntimeError("the server tells no time")
    return at[0], deleted


def _archive_rest(url: str) -> None:
    """As archive_timeout does within a minute."""
    last = _value(url, "SELECT pg_walfile_name(pg_switch_wal())")
    archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
    wait_until(lambda: bool(_value(url, archived, last)), seconds=60, what="the last WAL in the archive")


def _recovering(folder: Path, archive: Archive, password: str, point: datetime) -> Postgres:
    """A second server, not started yet, with the base backup in place and the settings that lead to the point."""
    settings = {
        "restore_command": archive.restore_command(),
        "recovery_target_time": point.isoformat(),
        "recovery_target_action": "promote",
    }
    recovered = Postgres(folder=folder / "recovered", password=password, settings=settings)
    # The folder of a server whose account cannot enter ours lies elsewhere; the base is put there before it starts.
    recovered.folder = Path(tempfile.mkdtemp(prefix="siaga-recovered-", dir="/var/tmp"))
    give_to(recovered.programs.account, recovered.folder)
    archive.restore_base(recovered.folder / "data")
    return recovered


def _value(url: str, query: str, *values: object) -> Any:
    try:
        with psycopg.connect(url, connect_timeout=5) as conn:
            row = conn.execute(query.encode(), values).fetchone()
    except psycopg.OperationalError:  # it does not accept connections yet
        return True
    return row[0] if row else None
