"""Checks before a program starts whether the schema of the database matches the program."""

from __future__ import annotations

import psycopg

from siaga_cloud.platform.db import inventory
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrations


def misfit(url: str) -> str | None:
    """Why this program cannot work on that database, and what to do; None where it can, or nobody answers just now."""
    try:
        with connect(url, name="siaga-schema") as conn:
            return _misfit(conn)
    except psycopg.OperationalError:
        return None  # programs wait for a database that is away
    except psycopg.errors.InsufficientPrivilege:
        return None  # a login outside of our groups gets the error of the database itself


def _misfit(conn: Connection) -> str | None:
    if inventory.is_being_restored(conn):
        return (
            "a restore into this database did not complete; drop the database, create it again and repeat the restore"
        )
    if inventory.newest_migration(conn) == 0:
        return "the database has no tables; run siaga-cloud migrate first"
    rows = conn.execute("SELECT version, name, to_jsonb(step) ->> 'phase' AS phase FROM siaga_migration AS step")
    applied = {row["version"]: row for row in rows}
    shipped = {migration.version: migration for migration in migrations()}
    missing = [step for version, step in shipped.items() if version not in applied and step.phase == "pre"]
    if missing:
        first = missing[0]
        return (
            f"the database is older than this program: {len(missing)} migrations are missing, the first is"
            f" {first.version:04d}_{first.name}; run siaga-cloud migrate first"
        )
    # What a newer version adds is no matter to this one; what it has taken away is.
    contracted = [row for version, row in applied.items() if version not in shipped and row["phase"] == "post"]
    if contracted:
        row = contracted[0]
        return (
            f"the database is newer than this program: {row['version']:04d}_{row['name']} removed what this version"
            " needs; run the newer siaga-cloud"
        )
    return None
