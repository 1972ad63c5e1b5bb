"""Dead letters for those who look after them: listing, and what a successful replay changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetter:
    """A message that could not be read or kept."""

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


_LETTERS = (
    "SELECT id, node_id, topic, payload, reason, outbox_id, seq, times, received_at, replayed_at FROM dead_letter"
)


def waiting(conn: Connection, *, limit: int) -> list[KeptLetter]:
    """Letters that were not replayed, the oldest first."""
    found = conn.cursor(row_factory=class_row(KeptLetter)).execute(
        _LETTERS + " WHERE replayed_at IS NULL ORDER BY id LIMIT %s", (limit,)
    )
    return found.fetchall()


def lock(conn: Connection, letter_id: int) -> KeptLetter | None:
    """One letter, locked."""
    found = conn.cursor(row_factory=class_row(KeptLetter)).execute(_LETTERS + " WHERE id = %s FOR UPDATE", (letter_id,))
    return found.fetchone()


def mark_replayed(conn: Connection, letter: KeptLetter, *, now: datetime) -> None:
    """The letter lives again: its sequence number is no longer accounted for as dead, and was not delivered anew."""
    conn.execute("UPDATE dead_letter SET replayed_at = %s WHERE id = %s", (now, letter.id))
    conn.execute(
        "UPDATE node_ledger SET dead = greatest(0, dead - 1), received = greatest(0, received - 1)"
        " WHERE node_id = %s AND outbox_id = %s",
        (letter.node_id, letter.outbox_id),
    )
