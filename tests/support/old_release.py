"""Databases as earlier versions left them: the frozen release of migration 0171 with its rows, and later ones."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from siaga_cloud.platform.db import migrate as db_migrate
from siaga_cloud.platform.db.connection import Connection, connect

RELEASE = 171
UNCHANGED = Path(__file__).parent / "release_0171"


def create_old_database(url: str) -> None:
    """Fills an empty database as `migrate` of that release left it, with rows."""
    steps = [step for step in db_migrate.migrations() if step.version <= RELEASE]
    assert len(steps) > 30
    jobs = resources.files("procrastinate").joinpath("sql", "schema.sql").read_bytes()
    with connect(url, statement_timeout_seconds=0) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        conn.execute(
            "CREATE TABLE siaga_migration (version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now(), seconds double precision NOT NULL);"
            "CREATE TABLE siaga_jobs_schema (version text PRIMARY KEY)"
        )
        _apply(conn, steps)
        conn.execute(jobs)
        conn.execute("INSERT INTO siaga_jobs_schema VALUES (%s)", (_newest_jobs_step(),))
        for name in ("grants.sql", "policies.sql", "wall.sql", "rows.sql"):
            conn.execute((UNCHANGED / name).read_bytes())


def apply_until(url: str, version: int) -> None:
    """Applies the migrations after that release up to a version, as releases in between did."""
    with connect(url, statement_timeout_seconds=0) as conn:
        conn.execute("DROP SCHEMA IF EXISTS wall CASCADE")
        _apply(conn, [step for step in db_migrate.migrations() if RELEASE < step.version <= version])


def _apply(conn: Connection, steps: list[db_migrate.Migration]) -> None:
    for step in steps:
        conn.execute(step.sql.encode())
        row = (step.version, step.name, step.sha256)
        conn.execute("INSERT INTO siaga_migration (version, name, sha256, seconds) VALUES (%s, %s, %s, 0)", row)


def _newest_jobs_step() -> str:
    names = resources.files("procrastinate").joinpath("sql", "migrations").iterdir()
    return max(found[1] for name in names if (found := db_migrate._JOBS_MIGRATION.match(name.name)))
