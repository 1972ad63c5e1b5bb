"""Records which backups were made and sent away; only the owner of the database may."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.platform.db.connection import Connection

_RETAINED = 400


def record_backup(conn: Connection, *, name: str, taken_at: datetime, off_site: bool) -> bool:
    """Record a backup; False where the database is of a version without this record."""
    row = conn.execute("SELECT to_regclass('public.backup_run') IS NOT NULL AS there").fetchone()
    if row is None or not row["there"]:
        return False
    conn.execute(
        "INSERT INTO backup_run (name, off_site, taken_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (name, off_site) DO UPDATE SET finished_at = now()",
        (name, off_site, taken_at),
    )
    conn.execute(
        "DELETE FROM backup_run WHERE off_site = %s AND name NOT IN"
        " (SELECT name FROM backup_run WHERE off_site = %s ORDER BY taken_at DESC LIMIT %s)",
        (off_site, off_site, _RETAINED),
    )
    return True
