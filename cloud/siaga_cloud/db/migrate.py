"""Brings a database to this version's schema: numbered SQL files, forward only, each once, checksums kept."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from siaga_cloud.db.connection import Connection, connect

_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_JOBS_MIGRATION = re.compile(r"^(\d\d\.\d\d\.\d\d_\d\d)_.+\.sql$")
_LOCK = 0x51A6A  # any number, the same in every migrate
_MIGRATION_TIMEOUT_SECONDS = 600


class MigrationError(Exception):
    """The database and this version's migrations do not fit; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Of the text; a file that was applied must never change."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What `migrate` did, for the screen."""

    applied: tuple[str, ...]
    storage: str
    jobs: str


def migrations() -> tuple[Migration, ...]:
    """The migrations that ship with this version, in order."""
    found = (_read(file) for file in resources.files("siaga_cloud.db").joinpath("migrations").iterdir())
    return tuple(sorted((migration for migration in found if migration), key=lambda migration: migration.version))


def migrate(url: str) -> Migrated:
    """Applies what is missing, in one transaction; safe to run by several processes at once.

    Raises `MigrationError` where an applied file changed or the database is newer than this version.
    """
    with connect(url, statement_timeout_seconds=_MIGRATION_TIMEOUT_SECONDS, name="siaga-migrate") as conn:
        conn.execute("SET lock_timeout = '120s'")
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _prepare(conn)
        missing = _missing(conn)
        if missing:
            # Its views would keep migrations from changing what they show; wall.sql makes them anew.
            conn.execute("DROP SCHEMA IF EXISTS wall CASCADE")
        applied = [_apply(conn, migration) for migration in missing]
        jobs = _migrate_jobs(conn)
        conn.execute(_text("grants.sql"))
        conn.execute(_text("policies.sql"))
        conn.execute(_text("wall.sql"))
        return Migrated(applied=tuple(applied), storage=storage(conn), jobs=jobs)


def storage(conn: Connection) -> str:
    """What keeps the time series: "TimescaleDB 2.19.3 on PostgreSQL 17.12" or "plain tables on PostgreSQL ..."."""
    row = conn.execute(
        "SELECT current_setting('server_version') AS server,"
        " (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale"
    ).fetchone()
    if row is None:
        raise MigrationError("no answer about the server's version")
    kept_by = f"TimescaleDB {row['timescale']}" if row["timescale"] else "plain tables (no TimescaleDB)"
    return f"{kept_by} on PostgreSQL {row['server'].split()[0]}"


def _read(file: Traversable) -> Migration | None:
    found = _NAME.match(file.name)
    return Migration(version=int(found[1]), name=found[2], sql=file.read_text("utf-8")) if found else None


def _text(name: str) -> bytes:
    return resources.files("siaga_cloud.db").joinpath("migrations", name).read_bytes()


def _prepare(conn: Connection) -> None:
    if _can_have_timescale(conn):
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    conn.execute(
        "CREATE TABLE IF NOT EXISTS siaga_migration (version integer PRIMARY KEY, name text NOT NULL,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), seconds double precision NOT NULL)"
    )
    conn.execute("CREATE TABLE IF NOT EXISTS siaga_jobs_schema (version text PRIMARY KEY)")


def _can_have_timescale(conn: Connection) -> bool:
    # CREATE EXTENSION ends the whole connection when the library was not preloaded; its setting tells beforehand.
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')"
        " AND current_setting('timescaledb.disable_load', true) IS NOT NULL AS yes"
    ).fetchone()
    return bool(row and row["yes"])


def _missing(conn: Connection) -> list[Migration]:
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
    return [migration for version, migration in sorted(shipped.items()) if version not in done]


def _apply(conn: Connection, migration: Migration) -> str:
    started = time.monotonic()
    conn.execute(migration.sql.encode())
    conn.execute(
        "INSERT INTO siaga_migration (version, name, sha256, seconds) VALUES (%s, %s, %s, %s)",
        (migration.version, migration.name, migration.sha256, time.monotonic() - started),
    )
    return f"{migration.version:04d}_{migration.name}"


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
