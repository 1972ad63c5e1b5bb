"""Messages of text channels as they came, talks that go on, numbers of reports, health of connectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.db.connection import Connection

KEEP: Final = timedelta(days=30)
_SWEPT_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message as it came. `reply`: what its sender was answered, and is again when it is delivered again."""

    id: UUID
    channel: str
    source_id: str
    sender: str
    raw: str
    outcome: str
    reply: str
    sent_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a connector fares."""

    channel: str
    received: int
    repeated: int
    refused: int
    last_success_at: datetime | None
    lag_seconds: float | None
    last_error_at: datetime | None
    last_error: str


def reply_to(conn: Connection, *, channel: str, source_id: str) -> str | None:
    """What was answered to a message that came before; None where it is new."""
    row = conn.execute(
        "SELECT reply FROM text_message WHERE channel = %s AND source_id = %s", (channel, source_id)
    ).fetchone()
    return str(row["reply"]) if row else None


def reply_to_like(conn: Connection, *, channel: str, digest: str, since: datetime) -> str | None:
    """The same for messages without an id: one of the same sender and text that came lately."""
    row = conn.execute(
        "SELECT reply FROM text_message WHERE channel = %s AND received_at >= %s AND starts_with(source_id, %s)"
        " ORDER BY received_at DESC LIMIT 1",
        (channel, since, digest),
    ).fetchone()
    return str(row["reply"]) if row else None


def keep(conn: Connection, kept: Kept) -> None:
    """Keeps a message and forgets some of those that are over a month old."""
    conn.execute(
        "INSERT INTO text_message (id, channel, source_id, sender, raw, outcome, reply, sent_at, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            kept.id,
            kept.channel,
            kept.source_id,
            kept.sender,
            kept.raw,
            kept.outcome,
            kept.reply,
            kept.sent_at,
            kept.received_at,
        ),
    )
    conn.execute(
        "DELETE FROM text_message WHERE id IN (SELECT id FROM text_message WHERE received_at < %s LIMIT %s)",
        (kept.received_at - KEEP, _SWEPT_AT_ONCE),
    )


def talk_of(conn: Connection, *, channel: str, sender: str) -> dict[str, Any] | None:
    """The talk with a sender that goes on."""
    row = conn.execute("SELECT talk FROM conversation WHERE channel = %s AND sender = %s", (channel, sender)).fetchone()
    return row["talk"] if row else None


def keep_talk(conn: Connection, *, channel: str, sender: str, talk: dict[str, Any] | None, at: datetime) -> None:
    """Keeps how a talk stands, or ends it; ends some that nobody went on with for a day."""
    if talk is None:
        conn.execute("DELETE FROM conversation WHERE channel = %s AND sender = %s", (channel, sender))
    else:
        conn.execute(
            "INSERT INTO conversation (channel, sender, talk, heard_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (channel, sender) DO UPDATE SET talk = excluded.talk, heard_at = excluded.heard_at",
            (channel, sender, Jsonb(talk), at),
        )
    conn.execute(
        "DELETE FROM conversation WHERE (channel, sender) IN"
        " (SELECT channel, sender FROM conversation WHERE heard_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        (at - timedelta(days=1), _SWEPT_AT_ONCE),
    )


def number_report(conn: Connection, report_id: UUID, *, channel: str, sender: str) -> int:
    """Gives a report a short number for its sender."""
    row = conn.execute(
        "INSERT INTO text_report (report_id, channel, sender) VALUES (%s, %s, %s)"
        " ON CONFLICT (report_id) DO UPDATE SET sender = excluded.sender RETURNING number",
        (report_id, channel, sender),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING gives a row
    return int(row["number"])


def secret_of_number(conn: Connection, number: int, *, channel: str, sender: str) -> bytes | None:
    """The hash of the follow-up secret of a sender's own report."""
    row = conn.execute(
        "SELECT secret_sha256 FROM text_report JOIN report ON report.id = report_id"
        " WHERE number = %s AND text_report.channel = %s AND sender = %s",
        (number, channel, sender),
    ).fetchone()
    return bytes(row["secret_sha256"]) if row else None


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
    """A delivery was refused."""
    conn.execute(
        "INSERT INTO connector_health AS held (channel, refused, last_error_at, last_error) VALUES (%s, 1, %s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET refused = held.refused + 1, last_error_at = excluded.last_error_at,"
        " last_error = excluded.last_error",
        (channel, now, error[:300]),
    )


def health(conn: Connection) -> list[Health]:
    """Every connector that ever had a delivery."""
    return [Health(**row) for row in conn.execute("SELECT * FROM connector_health ORDER BY channel")]
