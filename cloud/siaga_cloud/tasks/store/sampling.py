"""Stores the secrets of the days that the sample of tasks is drawn with, their commitments, and the draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingDayRow:
    """Represents a day as it is published: its commitment, and its secret once it is revealed."""

    day: date
    commitment: str
    committed_at: datetime
    revealed_at: datetime | None
    secret: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRow:
    """Represents one draw: what was signed, what came out, the share that it was compared with, and who verified."""

    message: str
    draw: float
    share: float
    method: str


def insert(conn: Connection, day: date, *, secret: bytes, commitment: str, now: datetime) -> bool:
    """Store the secret of a day; False (and nothing changes) where the day has one."""
    inserted = conn.execute(
        "INSERT INTO sampling_day (day, secret, commitment, committed_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING day",
        (day, secret, commitment, now),
    )
    return inserted.fetchone() is not None


def secret_of(conn: Connection, day: date) -> bytes | None:
    """Return the secret of a day, for the worker."""
    row = conn.execute("SELECT secret FROM sampling_day WHERE day = %s", (day,)).fetchone()
    return bytes(row["secret"]) if row else None


def unrevealed(conn: Connection) -> list[date]:
    """Return the days whose secrets are not published."""
    rows = conn.execute("SELECT day FROM sampling_day WHERE revealed_at IS NULL ORDER BY day")
    return [row["day"] for row in rows]


def set_revealed(conn: Connection, days: Sequence[date], *, now: datetime) -> None:
    """Publish the secrets of days."""
    conn.execute("UPDATE sampling_day SET revealed_at = %s WHERE day = ANY(%s)", (now, list(days)))


def published(conn: Connection, *, limit: int) -> list[SamplingDayRow]:
    """Return the newest days as everybody may see them."""
    found = conn.cursor(row_factory=class_row(SamplingDayRow)).execute(
        "SELECT day, commitment, committed_at, revealed_at, secret FROM sampling_published ORDER BY day DESC LIMIT %s",
        (limit,),
    )
    return found.fetchall()


def published_day(conn: Connection, day: date) -> SamplingDayRow | None:
    """Return one day as everybody may see it."""
    found = conn.cursor(row_factory=class_row(SamplingDayRow)).execute(
        "SELECT day, commitment, committed_at, revealed_at, secret FROM sampling_published WHERE day = %s", (day,)
    )
    return found.fetchone()


def draws(conn: Connection, day: date, *, limit: int) -> list[DrawRow]:
    """Return the draws of a revealed day in the sequence in which they were made."""
    found = conn.cursor(row_factory=class_row(DrawRow)).execute(
        "SELECT message, draw, share, method FROM sampling_draw WHERE day = %s ORDER BY made_at, proof_id LIMIT %s",
        (day, limit),
    )
    return found.fetchall()
