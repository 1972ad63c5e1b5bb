"""What an outbox may give up: messages that grew too old, the least worth first, and clips beyond their own budget."""

from __future__ import annotations

import sqlite3
from collections.abc import Container
from datetime import UTC, datetime

from siaga_edge.adapters.sqlite_acknowledged import Rows
from siaga_edge.outbox.parcels import Lane

AGED_AT_ONCE = 200
# Before this time the node has no clock yet, and the age of a stored message is not known.
_EARLIEST_CLOCK = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def aged(connection: sqlite3.Connection, lane: Lane, *, before: float) -> Rows:
    """Messages of a lane that were stored before a time, the oldest first; a bounded number of them."""
    query = (
        "select seq, size, kept_at from waiting join message using (seq) where waiting.lane = ? order by seq limit ?"
    )
    oldest = connection.execute(query, (lane, 1)).fetchone()
    if oldest is None or oldest[2] >= before:
        return []
    rows = connection.execute(query, (lane, AGED_AT_ONCE)).fetchall()
    return [(seq, size) for seq, size, at in rows if _EARLIEST_CLOCK < at < before]


def expendable(connection: sqlite3.Connection, messages: int, size: int, *, without: Container[int]) -> Rows:
    """So many messages and so much of what waits, the least worth and the oldest first; never alerts."""
    found: list[tuple[int, int]] = []
    query = (
        "select seq, size from waiting join message using (seq) where waiting.lane > ? order by waiting.lane desc, seq"
    )
    for seq, each in connection.execute(query, (Lane.ALERTS,)):
        if messages <= 0 and size <= 0:
            break
        if seq not in without:
            found.append((seq, each))
            messages, size = messages - 1, size - each
    return found


def note_clip(connection: sqlite3.Connection, seq: int, size: int) -> None:
    """Record the size of a clip where it is summed without reading past the clips themselves."""
    connection.execute("insert into clip values (?, ?)", (seq, size))


def clips_over(connection: sqlite3.Connection, max_bytes: int) -> tuple[Rows, Rows]:
    """The oldest clips beyond the budget: those that were acknowledged, and those that wait."""
    query = (
        "select seq, size, seq in (select seq from acked) from (select seq, size, sum(size) over (order by seq desc)"
        " as newer from clip) where newer > ? order by seq"
    )
    rows = connection.execute(query, (max_bytes,)).fetchall()
    acked = [(seq, size) for seq, size, is_acked in rows if is_acked]
    return acked, [(seq, size) for seq, size, is_acked in rows if not is_acked]
