"""Deletes expired time series and finished jobs."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.platform.db.connection import Connection

_DELETE_AT_ONCE = 50_000
_REWRITE_SECONDS = 600  # a day of a whole city
# A time that lies further back than one before, as after a longer retention was set, brings no reading back.
_NOTE_READINGS = (
    "INSERT INTO reading_forgotten (until) VALUES (date_trunc('hour', %s::timestamptz, 'UTC') + interval '1 hour')"
    " ON CONFLICT (is_only) DO UPDATE SET until = greatest(reading_forgotten.until, excluded.until)"
)


def forget_messages(conn: Connection, *, before: datetime) -> None:
    """Drops what lies wholly before a time from the record of messages."""
    _forget(conn, "message", before)


def forget_health(conn: Connection, *, before: datetime) -> int:
    """Delete health messages before a time from the record of messages: a chunk, or a bounded bite; return how many."""
    conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{_REWRITE_SECONDS}s",))
    row = conn.execute("SELECT forget_health(%s, %s) AS n", (before, _DELETE_AT_ONCE)).fetchone()
    return int(row["n"]) if row else 0


def forget_readings(conn: Connection, *, before: datetime) -> bool:
    """Drops raw readings before a time and records it; False (and nothing done) while an hour among them is not rolled
    up yet.
    """
    row = conn.execute("SELECT EXISTS (SELECT FROM rollup_dirty WHERE bucket < %s) AS waiting", (before,)).fetchone()
    if row is None or row["waiting"]:
        return False
    conn.execute(_NOTE_READINGS, (before,))
    _forget(conn, "reading", before)
    return True


def forget_dead_letters(conn: Connection, *, before: datetime) -> None:
    """Delete a bounded number of dead letters and quarantined messages that nobody replayed within the retention."""
    conn.execute(
        "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE last_at < %s ORDER BY id LIMIT %s)",
        (before, _DELETE_AT_ONCE),
    )
    conn.execute(
        "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE last_at < %s ORDER BY id LIMIT %s)",
        (before, _DELETE_AT_ONCE),
    )


def forget_refusals(conn: Connection, *, before: datetime) -> None:
    """Delete the counts of refused messages and sources that ended before a time."""
    conn.execute("DELETE FROM dead_letter_hour WHERE hour < %s", (before,))
    conn.execute("DELETE FROM refused_source WHERE last_at < %s", (before,))


def forget_certificates(conn: Connection, *, before: datetime) -> None:
    """Delete the records of nodes' certificates that ended before a time."""
    conn.execute("DELETE FROM node_certificate WHERE valid_until < %s", (before,))


def _forget(conn: Connection, table: str, before: datetime) -> None:
    conn.execute("SELECT forget_before(%s::name, %s, %s)", (table, before, _DELETE_AT_ONCE))
