"""How each connector fares: what it took, what it refused, when its source last answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga_cloud.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a connector fares. `asked_at`: of those that are asked, when their source last answered."""

    channel: str
    received: int
    repeated: int
    refused: int
    last_success_at: datetime | None
    lag_seconds: float | None
    last_error_at: datetime | None
    last_error: str
    asked_at: datetime | None


def count_success(conn: Connection, channel: str, *, repeated: bool, lag_seconds: float, now: datetime) -> None:
    """A message came well."""
    conn.execute(
        "INSERT INTO connector_health AS held (channel, received, repeated, last_success_at, lag_seconds)"
        " VALUES (%(channel)s, 1, %(repeated)s, %(now)s, %(lag)s) ON CONFLICT (channel) DO UPDATE SET"
        " received = held.received + 1, repeated = held.repeated + excluded.repeated,"
        " last_success_at = excluded.last_success_at, lag_seconds = excluded.lag_seconds",
        {"channel": channel, "repeated": int(repeated), "now": now, "lag": lag_seconds},
    )


def count_refusal(conn: Connection, channel: str, *, error: str, now: datetime) -> None:
    """A delivery was refused, or its source could not be reached."""
    conn.execute(
        "INSERT INTO connector_health AS held (channel, refused, last_error_at, last_error) VALUES (%s, 1, %s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET refused = held.refused + 1, last_error_at = excluded.last_error_at,"
        " last_error = excluded.last_error",
        (channel, now, error[:300]),
    )


def count_asked(conn: Connection, channel: str, *, now: datetime) -> None:
    """The source of a connector answered, with or without anything new."""
    conn.execute(
        "INSERT INTO connector_health (channel, asked_at) VALUES (%s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET asked_at = excluded.asked_at",
        (channel, now),
    )


def hold(conn: Connection, channel: str) -> bool:
    """Whether this connection, and no other, may ask the source of a channel, until it closes."""
    row = conn.execute(
        "SELECT pg_try_advisory_lock(hashtextextended('siaga asks ' || %s, 0)) AS ours", (channel,)
    ).fetchone()
    return bool(row and row["ours"])


def health(conn: Connection) -> list[Health]:
    """Every connector that ever had a delivery."""
    return [Health(**row) for row in conn.execute("SELECT * FROM connector_health ORDER BY channel")]
