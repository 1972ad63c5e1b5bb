"""Forgetting: retention of time series and of finished jobs."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString

from siaga_cloud.db.connection import Connection

_DELETE_AT_ONCE = 50_000


def forget_messages(conn: Connection, *, before: datetime) -> None:
    """Drops what lies wholly before a time from the record of messages."""
    _forget(conn, "message", before)


def forget_readings(conn: Connection, *, before: datetime) -> bool:
    """Drops raw readings before a time; False (and nothing done) while an hour among them is not rolled up yet."""
    row = conn.execute("SELECT EXISTS (SELECT FROM rollup_dirty WHERE bucket < %s) AS waiting", (before,)).fetchone()
    if row is None or row["waiting"]:
        return False
    _forget(conn, "reading", before)
    return True


def _forget(conn: Connection, table: LiteralString, before: datetime) -> None:
    if _is_hypertable(conn, table):
        conn.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", (table, before))
    else:
        # A bounded bite; the job comes again.
        conn.execute(
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table}"  # noqa: S608 - our own names
            " WHERE measured_at < %s LIMIT %s))",
            (before, _DELETE_AT_ONCE),
        )


def _is_hypertable(conn: Connection, table: str) -> bool:
    row = conn.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS has").fetchone()
    if row is None or not row["has"]:
        return False
    found = conn.execute("SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_name = %s", (table,))
    return found.fetchone() is not None
