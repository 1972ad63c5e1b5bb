"""Stores dead letters: it finds them, requests a replay and records a successful one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

DeadLetterState: TypeAlias = Literal["waiting", "requested", "failed", "replayed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterRow:
    """Represents a message that could not be processed."""

    id: int
    node_id: str | None
    topic: str
    payload: bytes
    reason: str
    outbox_id: UUID | None
    seq: int | None
    times: int
    received_at: datetime
    replayed_at: datetime | None
    item_id: str | None
    body_label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterSummary:
    """Represents a dead letter in a list. `failed` means that a replay was attempted without success."""

    id: int
    node_id: str | None
    topic: str
    reason: str
    seq: int | None
    times: int
    size_bytes: int
    received_at: datetime
    last_at: datetime
    state: DeadLetterState
    requested_at: datetime | None
    requested_by: str | None
    attempted_at: datetime | None
    failed_because: str | None
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderHour:
    """Represents an hour in which a sender's refused messages went beyond its room: `counted` were not stored.

    `sender` is the node in the topic, empty where the topic names none.
    """

    sender: str
    hour: datetime
    stored: int
    stored_bytes: int
    counted: int
    counted_bytes: int
    last_reason: str


_DEAD_LETTERS = (
    "SELECT id, node_id, topic, payload, reason, outbox_id, seq, times, received_at, replayed_at, item_id, body_label"
    " FROM dead_letter"
)
_STATE = (
    "CASE WHEN replayed_at IS NOT NULL THEN 'replayed' WHEN requested_at IS NULL THEN 'waiting'"
    " WHEN attempted_at IS NULL OR attempted_at < requested_at THEN 'requested' ELSE 'failed' END"
)
_LINES = f"""SELECT id, node_id, topic, reason, seq, times, size_bytes, received_at, last_at, state, requested_at,
requested_by,
 attempted_at, failed_because, replayed_at
 FROM (SELECT *, octet_length(payload) AS size_bytes, {_STATE} AS state FROM dead_letter) AS letter"""  # noqa: S608


def waiting(conn: Connection, *, limit: int, topic: str | None = None) -> list[DeadLetterRow]:
    """Dead letters that were not replayed, the oldest first; of a topic, where one is named."""
    found = conn.cursor(row_factory=class_row(DeadLetterRow)).execute(
        _DEAD_LETTERS + " WHERE replayed_at IS NULL AND (%(topic)s::text IS NULL OR topic = %(topic)s)"
        " ORDER BY id LIMIT %(limit)s",
        {"topic": topic, "limit": limit},
    )
    return found.fetchall()


def find(
    conn: Connection,
    *,
    text: str | None,
    node_id: str | None,
    states: Sequence[DeadLetterState],
    before: int | None,
    limit: int,
) -> list[DeadLetterSummary]:
    """Return the newest first, those before a number. `text` is looked for in topic, reason and bytes, as it is
    written.
    """
    query = _LINES + (
        " WHERE (%(before)s::bigint IS NULL OR id < %(before)s) AND (%(node)s::text IS NULL OR node_id = %(node)s)"
        " AND state = ANY(%(states)s) AND (%(text)s::text IS NULL OR position(lower(%(text)s) IN lower(topic)) > 0"
        " OR position(lower(%(text)s) IN lower(reason)) > 0 OR position(convert_to(%(text)s, 'UTF8') IN payload) > 0)"
        " ORDER BY id DESC LIMIT %(limit)s"
    )
    given = {"before": before, "node": node_id, "states": list(states), "text": text, "limit": limit}
    return conn.cursor(row_factory=class_row(DeadLetterSummary)).execute(query.encode(), given).fetchall()


def line(conn: Connection, dead_letter_id: int) -> DeadLetterSummary | None:
    """Return one dead letter as in the list."""
    query = _LINES + " WHERE id = %s"
    return conn.cursor(row_factory=class_row(DeadLetterSummary)).execute(query.encode(), (dead_letter_id,)).fetchone()


def payload(conn: Connection, dead_letter_id: int) -> bytes:
    """Return the bytes of a dead letter; empty for none."""
    row = conn.execute("SELECT payload FROM dead_letter WHERE id = %s", (dead_letter_id,)).fetchone()
    return bytes(row["payload"]) if row else b""


def counts(conn: Connection) -> dict[str, int]:
    """Return how many dead letters are in each state."""
    rows = conn.execute(f"SELECT {_STATE} AS state, count(*) AS n FROM dead_letter GROUP BY 1")  # noqa: S608
    return {row["state"]: row["n"] for row in rows}


def over_room(conn: Connection, *, since: datetime, limit: int) -> list[SenderHour]:
    """Return the hours since a time in which refused messages were counted only, the newest first."""
    found = conn.cursor(row_factory=class_row(SenderHour)).execute(
        "SELECT sender, hour, stored, stored_bytes, counted, counted_bytes, last_reason FROM dead_letter_hour"
        " WHERE counted > 0 AND hour >= %s ORDER BY hour DESC, sender LIMIT %s",
        (since, limit),
    )
    return found.fetchall()


def request_replay(conn: Connection, dead_letter_ids: Sequence[int], *, by: str, now: datetime) -> list[int]:
    """Records that these shall be tried again, those that were replayed left out; which."""
    rows = conn.execute(
        "UPDATE dead_letter SET requested_at = %s, requested_by = %s WHERE id = ANY(%s) AND replayed_at IS NULL"
        " RETURNING id",
        (now, by, list(dead_letter_ids)),
    )
    return sorted(row["id"] for row in rows)


def next_requested(conn: Connection) -> int | None:
    """Return the oldest dead letter that was requested and not tried since, locked."""
    row = conn.execute(
        "SELECT id FROM dead_letter WHERE replayed_at IS NULL AND requested_at IS NOT NULL"
        " AND (attempted_at IS NULL OR attempted_at < requested_at) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    ).fetchone()
    return row["id"] if row else None


def record_attempt(conn: Connection, dead_letter_id: int, *, failed_because: str | None, now: datetime) -> None:
    """Record the outcome of a replay; None means success."""
    conn.execute(
        "UPDATE dead_letter SET attempted_at = greatest(%s, requested_at), failed_because = %s WHERE id = %s",
        (now, failed_because and failed_because[:500], dead_letter_id),
    )


def lock(conn: Connection, dead_letter_id: int) -> DeadLetterRow | None:
    """Return one dead letter and lock its row."""
    found = conn.cursor(row_factory=class_row(DeadLetterRow)).execute(
        _DEAD_LETTERS + " WHERE id = %s FOR UPDATE", (dead_letter_id,)
    )
    return found.fetchone()


def mark_replayed(conn: Connection, dead_letter: DeadLetterRow, *, now: datetime) -> None:
    """Mark a dead letter as replayed: its sequence number no longer counts as dead."""
    conn.execute("UPDATE dead_letter SET replayed_at = %s WHERE id = %s", (now, dead_letter.id))
    conn.execute(
        "UPDATE node_ledger SET dead = greatest(0, dead - 1), received = greatest(0, received - 1)"
        " WHERE node_id = %s AND outbox_id = %s",
        (dead_letter.node_id, dead_letter.outbox_id),
    )
