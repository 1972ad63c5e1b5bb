"""Migrates a database to the schema of this version: numbered SQL files run forward only, once each, with checksums.

Programs of the previous version continue meanwhile. So each file is a transaction of its own that waits only briefly
for a lock and then retries. What removes something that the previous version needs is a file `NNNN_name.post.sql`,
which `migrate --finish` applies once no such program runs. A file `NNNN_name.concurrent.sql` builds indexes outside of
a transaction, last of all: it takes as long as the table is large, and no program waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import TypeVar

import psycopg

from siaga_cloud.platform.db import index_builds
from siaga_cloud.platform.db.connection import Connection, backoff_seconds, connect

T = TypeVar("T")

_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)(?:\.(post|concurrent))?\.sql$")
_JOBS_MIGRATION = re.compile(r"^(\d\d\.\d\d\.\d\d_\d\d)_.+\.sql$")
_LOCK = 0x51A6A  # any number, the same in every migrate
_MIGRATION_TIMEOUT_SECONDS = 600
LOCK_SECONDS = 2.0
_OTHER_MIGRATE_SECONDS = 120.0
LOCK_TRIES = 60
_BLOCKERS = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)

log = logging.getLogger(__name__)


class MigrationError(Exception):
    """The database and the migrations of this version do not match; the message states where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """Represents one numbered file. `is_post` means that it removes what the previous version needs; `is_concurrent`
    means that it builds indexes while programs write.
    """

    version: int
    name: str
    sql: str
    is_post: bool = False
    is_concurrent: bool = False

    @property
    def sha256(self) -> str:
        """Of the text; a file that was applied must never change."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def label(self) -> str:
        """Return the number and the name of the migration."""
        return f"{self.version:04d}_{self.name}"

    @property
    def phase(self) -> str:
        """As it is stored."""
        return "post" if self.is_post else "concurrent" if self.is_concurrent else "pre"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationResult:
    """Holds what `migrate` did, for the screen."""

    applied: tuple[str, ...]
    waiting: tuple[str, ...]
    storage: str
    jobs: str


def migrations() -> tuple[Migration, ...]:
    """Return the migrations that ship with this version, in order."""
    found = (_read(file) for file in resources.files("siaga_cloud.platform.db").joinpath("migrations").iterdir())
    return tuple(sorted((migration for migration in found if migration), key=lambda migration: migration.version))


def migrate(url: str, *, finish: bool = False) -> MigrationResult:
    """Applies what is missing; safe to run by several processes at once, and again where it was stopped.

    With `finish` also what the version before cannot work on. A new database gets all. Raises `MigrationError` where an
    applied file changed, the database is newer than this version, or a lock is never free.
    """
    with connect(url, statement_timeout_seconds=_MIGRATION_TIMEOUT_SECONDS, name="siaga-migrate") as conn:
        conn.autocommit = True
        _lock_out_others(conn)
        conn.execute("SELECT set_config('lock_timeout', %s, false)", (f"{LOCK_SECONDS:g}s",))
        _patiently(conn, "preparing", lambda: _prepare(conn))
        missing, is_new = _missing(conn)
        now = [step for step in missing if finish or is_new or not step.is_post]
        changes = [step for step in now if not step.is_concurrent]
        if changes:
            # Views would stop migrations from changing what they show; dashboards.sql creates them again. Before 0270
            # the schema was named `wall`.
            _patiently(conn, "dashboards", lambda: conn.execute("DROP SCHEMA IF EXISTS wall, dashboards CASCADE"))
        applied = [_patiently(conn, step.label, lambda step=step: _apply(conn, step)) for step in changes]  # type: ignore[misc]
        jobs = _patiently(conn, "grants, policies and views", lambda: _complete(conn))
        applied += [_build_indexes(conn, step) for step in now if step.is_concurrent]
        waiting = tuple(step.label for step in missing if step not in now)
        return MigrationResult(applied=tuple(applied), waiting=waiting, storage=storage(conn), jobs=jobs)


def _complete(conn: Connection) -> str:
    jobs = _migrate_jobs(conn)
    for name in ("grants.sql", "policies.sql", "dashboards.sql"):
        conn.execute(_text(name))
    return jobs


def _lock_out_others(conn: Connection) -> None:
    """Until the session ends. It asks again and again: a query that waits would stop an index build of the other one,
    which waits for queries that began before it.
    """
    end = time.monotonic() + _OTHER_MIGRATE_SECONDS
    while True:
        row = conn.execute("SELECT pg_try_advisory_lock(%s) AS is_ours", (_LOCK,)).fetchone()
        if row and row["is_ours"]:
            return
        if time.monotonic() > end:
            raise MigrationError(
                f"another migrate has been running for {_OTHER_MIGRATE_SECONDS:.0f} s; try again later"
            )
        time.sleep(backoff_seconds(1))


def _patiently(conn: Connection, what: str, work: Callable[[], T], *, is_transaction: bool = True) -> T:
    """Does it in a transaction; where somebody's lock is in the way, lets everybody pass and tries again."""
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            with conn.transaction() if is_transaction else nullcontext():
                return work()
        except _BLOCKERS as error:
            log.warning("%s could not be applied (%s); attempt %d", what, str(error).partition("\n")[0], attempt)
            time.sleep(backoff_seconds(attempt))
    raise MigrationError(f"{what}: no lock within {LOCK_TRIES} attempts; pg_stat_activity shows which session holds it")


def storage(conn: Connection) -> str:
    """Return what keeps the time series: "TimescaleDB 2.19.3 on PostgreSQL 17.12" or "plain tables on PostgreSQL
    ..."."""
    row = conn.execute(
        "SELECT current_setting('server_version') AS server,"
        " (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale"
    ).fetchone()
    if row is None:
        raise MigrationError("the server did not report its version")
    blocked_by = f"TimescaleDB {row['timescale']}" if row["timescale"] else "plain tables (no TimescaleDB)"
    return f"{blocked_by} on PostgreSQL {row['server'].split()[0]}"


def _read(file: Traversable) -> Migration | None:
    found = _NAME.match(file.name)
    if found is None:
        return None
    kind, text = found[3], file.read_text("utf-8")
    return Migration(
        version=int(found[1]), name=found[2], sql=text, is_post=kind == "post", is_concurrent=kind == "concurrent"
    )


def _text(name: str) -> bytes:
    return resources.files("siaga_cloud.platform.db").joinpath("migrations", name).read_bytes()


def _prepare(conn: Connection) -> None:
    if _can_have_timescale(conn):
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    conn.execute(
        "CREATE TABLE IF NOT EXISTS siaga_migration (version integer PRIMARY KEY, name text NOT NULL,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), seconds double precision NOT NULL)"
    )
    if not _has_phase(conn):
        conn.execute("ALTER TABLE siaga_migration ADD COLUMN phase text NOT NULL DEFAULT 'pre'")
    conn.execute("CREATE TABLE IF NOT EXISTS siaga_jobs_schema (version text PRIMARY KEY)")


def _has_phase(conn: Connection) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_attribute"
        " WHERE attrelid = 'siaga_migration'::regclass AND attname = 'phase') AS yes"
    ).fetchone()
    return bool(row and row["yes"])


def _can_have_timescale(conn: Connection) -> bool:
    # CREATE EXTENSION ends the whole connection when the library was not preloaded; its setting tells beforehand.
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')"
        " AND current_setting('timescaledb.disable_load', true) IS NOT NULL AS yes"
    ).fetchone()
    return bool(row and row["yes"])


def _missing(conn: Connection) -> tuple[list[Migration], bool]:
    """Return what is to be applied, in order, and whether nothing was applied so far."""
    shipped = {migration.version: migration for migration in migrations()}
    done = {row["version"]: row for row in conn.execute("SELECT version, name, sha256 FROM siaga_migration")}
    for version, row in sorted(done.items()):
        if version not in shipped:
            raise MigrationError(
                f"the database has migration {version:04d}_{row['name']}, which is newer than this program"
            )
        if shipped[version].sha256 != row["sha256"]:
            raise MigrationError(
                f"{version:04d}_{row['name']}.sql changed after it was applied; restore it, add a new one"
            )
    return [migration for version, migration in sorted(shipped.items()) if version not in done], not done


def _apply(conn: Connection, migration: Migration) -> str:
    started = time.monotonic()
    conn.execute(migration.sql.encode())
    return _record(conn, migration, started)


def _build_indexes(conn: Connection, migration: Migration) -> str:
    """One by one; a build that is interrupted is repeated by the next `migrate`."""
    started = time.monotonic()
    for index in index_builds.read(migration.sql):
        _patiently(conn, index.name, partial(index_builds.build, conn, index), is_transaction=False)
    return _record(conn, migration, started)


def _record(conn: Connection, migration: Migration, started: float) -> str:
    conn.execute(
        "INSERT INTO siaga_migration (version, name, sha256, seconds, phase) VALUES (%s, %s, %s, %s, %s)",
        (migration.version, migration.name, migration.sha256, time.monotonic() - started, migration.phase),
    )
    return migration.label


def _migrate_jobs(conn: Connection) -> str:
    """Procrastinate's own schema: whole when new, else its migrations since the one that was applied last."""
    held = conn.execute("SELECT max(version) AS version FROM siaga_jobs_schema").fetchone()
    files = resources.files("procrastinate").joinpath("sql")
    steps = sorted(file.name for file in files.joinpath("migrations").iterdir() if _JOBS_MIGRATION.match(file.name))
    if held is None or held["version"] is None:
        conn.execute(files.joinpath("schema.sql").read_bytes())
    else:
        for step in steps:
            if step > held["version"]:
                conn.execute(files.joinpath("migrations", step).read_bytes())
    conn.execute("INSERT INTO siaga_jobs_schema VALUES (%s) ON CONFLICT DO NOTHING", (steps[-1],))
    return f"procrastinate {metadata.version('procrastinate')}"
