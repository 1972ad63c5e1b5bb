"""Stores the past of the platform: messages by the minute, times without camera view, and times without nodes."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.platform.db.connection import Connection


def added_up_until(conn: Connection) -> datetime | None:
    """Up to where messages are added up by the minute; None before the first time."""
    row = conn.execute("SELECT until FROM ingest_minute_mark").fetchone()
    return row["until"] if row else None


def add_up_minutes(conn: Connection, *, since: datetime, until: datetime) -> int:
    """Computes the whole minutes from `since` to before `until` anew from the messages; how many lines they make."""
    span = {"since": since, "until": until}
    lines = conn.execute(
        "INSERT INTO ingest_minute (minute, stream, messages, late, size_bytes, lag_p50_seconds, lag_p95_seconds)"
        " SELECT date_trunc('minute', received_at), stream, count(*), count(*) FILTER (WHERE late), sum(size_bytes),"
        "  percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) FILTER (WHERE NOT late),"
        "  percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) FILTER (WHERE NOT late)"
        " FROM (SELECT *, extract(epoch FROM received_at - measured_at)::float8 AS lag FROM message"
        "       WHERE received_at >= %(since)s AND received_at < %(until)s) AS got GROUP BY 1, 2"
        " ON CONFLICT (minute, stream) DO UPDATE SET messages = excluded.messages, late = excluded.late,"
        "  size_bytes = excluded.size_bytes, lag_p50_seconds = excluded.lag_p50_seconds,"
        "  lag_p95_seconds = excluded.lag_p95_seconds",
        span,
    ).rowcount
    conn.execute(
        "INSERT INTO ingest_minute_mark (until) VALUES (%(until)s)"
        " ON CONFLICT (one) DO UPDATE SET until = excluded.until",
        span,
    )
    return lines


def forget(conn: Connection, *, before: datetime) -> None:
    """Deletes what is older."""
    conn.execute("DELETE FROM ingest_minute WHERE minute < %s", (before,))
    conn.execute("DELETE FROM camera_unknown WHERE ended_at < %s", (before,))
    conn.execute("DELETE FROM node_state WHERE at < %s", (before,))
