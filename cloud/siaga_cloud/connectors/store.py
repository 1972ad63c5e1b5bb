"""Stores the counters of each connector: what it accepted, what it refused and when its source last answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Represents the health of a connector. `lag_seconds` is the time from sending to receiving of the last message, by
    the source's clock.

    `polled_at` is when the source of a polled connector last answered. Feeds also have their `kind`, their interval,
    the number of polls that failed since the last success, and when the next poll is due.
    """

    channel: str
    received: int = 0
    repeated: int = 0
    refused: int = 0
    last_success_at: datetime | None = None
    lag_seconds: float | None = None
    last_error_at: datetime | None = None
    last_error: str = ""
    polled_at: datetime | None = None
    kind: str | None = None
    enabled: bool = True
    every_seconds: float | None = None
    failures: int = 0
    next_at: datetime | None = None


def count_success(conn: Connection, channel: str, *, repeated: bool, lag_seconds: float, now: datetime) -> None:
    """A message came well."""
    count_delivery(conn, channel, received=1, repeated=int(repeated), refused=0, lag_seconds=lag_seconds, now=now)


def count_delivery(
    conn: Connection,
    channel: str,
    *,
    received: int,
    repeated: int,
    refused: int,
    lag_seconds: float | None,
    now: datetime,
) -> None:
    """Many came well at once, some of them unreadable (`refused`); without a lag the last one stays."""
    conn.execute(
        "INSERT INTO connector_health AS held (channel, received, repeated, refused, last_success_at, lag_seconds)"
        " VALUES (%(channel)s, %(received)s, %(repeated)s, %(refused)s, %(now)s, %(lag)s)"
        " ON CONFLICT (channel) DO UPDATE SET received = held.received + excluded.received,"
        " repeated = held.repeated + excluded.repeated, refused = held.refused + excluded.refused,"
        " last_success_at = excluded.last_success_at, lag_seconds = coalesce(excluded.lag_seconds, held.lag_seconds)",
        {
            "channel": channel,
            "received": received,
            "repeated": repeated,
            "refused": refused,
            "now": now,
            "lag": lag_seconds,
        },
    )


def note_error(conn: Connection, channel: str, *, error: str, now: datetime) -> None:
    """What is wrong with a connector that has its line already; counts nothing."""
    conn.execute(
        "UPDATE connector_health SET last_error_at = %s, last_error = %s WHERE channel = %s",
        (now, error[:300], channel),
    )


def count_refusal(conn: Connection, channel: str, *, error: str, now: datetime) -> None:
    """A delivery was refused, or its source could not be reached."""
    conn.execute(
        "INSERT INTO connector_health AS held (channel, refused, last_error_at, last_error) VALUES (%s, 1, %s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET refused = held.refused + 1, last_error_at = excluded.last_error_at,"
        " last_error = excluded.last_error",
        (channel, now, error[:300]),
    )


def count_poll(conn: Connection, channel: str, *, now: datetime) -> None:
    """The source of a connector answered, with or without anything new."""
    conn.execute(
        "INSERT INTO connector_health (channel, polled_at) VALUES (%s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET polled_at = excluded.polled_at",
        (channel, now),
    )


def hold(conn: Connection, channel: str) -> bool:
    """Return whether this connection, and no other, may poll the source of a channel, until it closes."""
    row = conn.execute(
        "SELECT pg_try_advisory_lock(hashtextextended('siaga asks ' || %s, 0)) AS ours", (channel,)
    ).fetchone()
    return bool(row and row["ours"])


_HEALTH = """
SELECT held.channel, held.received, held.repeated, held.refused, held.last_success_at, held.lag_seconds,
    held.last_error_at, held.last_error, held.polled_at, feed.kind, coalesce(feed.enabled, true) AS enabled,
    feed.every_seconds, coalesce(feed.failures, 0) AS failures, feed.next_at
FROM connector_health AS held LEFT JOIN feed_shown AS feed ON held.channel = 'feed:' || feed.id
WHERE feed.id IS NOT NULL OR held.channel NOT LIKE 'feed:%' ORDER BY held.channel
"""


def health(conn: Connection) -> list[Health]:
    """Return every connector that ever had a delivery, and every feed that is configured."""
    return conn.cursor(row_factory=class_row(Health)).execute(_HEALTH).fetchall()
