"""What the cloud has acknowledged and the outbox still keeps: for a cloud that was restored to a time before that."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

Rows: TypeAlias = Sequence[tuple[int, int]]  # number and size

SUMS = "select count(*), coalesce(sum(size), 0) from message"
_ACKED_ROWS = "select seq, size, at from acked join message using (seq) order by seq"
_AGED_AT_ONCE = 200


@dataclass(slots=True)
class AcknowledgedMessages:
    """Sums of it; all else lies in the file. Whoever calls holds the transaction."""

    messages: int = 0
    bytes: int = 0

    def load(self, connection: sqlite3.Connection) -> None:
        """Read the number and size of acknowledged messages from the file."""
        row = connection.execute(f"{SUMS} join acked on acked.seq = message.seq").fetchone()
        self.messages, self.bytes = row

    def put(self, connection: sqlite3.Connection, rows: Rows, *, at: datetime) -> None:
        """Add messages that were acknowledged."""
        stamp = at.timestamp()
        connection.executemany("insert into acked values (?, ?)", [(seq, stamp) for seq, _ in rows])
        self.messages, self.bytes = self.messages + len(rows), self.bytes + _size(rows)

    def recall(self, connection: sqlite3.Connection, since: datetime) -> Rows:
        """What was acknowledged then or later waits again."""
        at = since.timestamp()
        query = "select seq, size from acked join message using (seq) where at >= ?"
        rows = connection.execute(query, (at,)).fetchall()
        connection.execute(
            "insert into waiting select message.lane, seq from acked join message using (seq) where at >= ?", (at,)
        )
        connection.execute("delete from acked where at >= ?", (at,))
        self._count_out(rows)
        return rows

    def since(self, connection: sqlite3.Connection) -> datetime | None:
        """Return when the oldest of them was acknowledged."""
        row = connection.execute(f"{_ACKED_ROWS} limit 1").fetchone()
        return None if row is None else datetime.fromtimestamp(row[2], UTC)

    def age_out(self, connection: sqlite3.Connection, before: datetime) -> None:
        """Deletes what is older, a bounded bite each time."""
        at = before.timestamp()
        oldest = connection.execute(f"{_ACKED_ROWS} limit 1").fetchone()
        if oldest is not None and oldest[2] < at:
            rows = connection.execute(f"{_ACKED_ROWS} limit ?", (_AGED_AT_ONCE,)).fetchall()
            self.forget(connection, [(seq, size) for seq, size, acked_at in rows if acked_at < at])

    def make_room(self, connection: sqlite3.Connection, *, messages: int, size: int) -> tuple[int, int]:
        """Deletes so many and so much, the oldest first; what is still wanted then."""
        gone: list[tuple[int, int]] = []
        for seq, each, _ in connection.execute(_ACKED_ROWS):
            if messages <= 0 and size <= 0:
                break
            gone.append((seq, each))
            messages, size = messages - 1, size - each
        self.forget(connection, gone)
        return messages, size

    def forget(self, connection: sqlite3.Connection, rows: Rows) -> None:
        """Delete messages that were acknowledged."""
        connection.executemany("delete from acked where seq = ?", [(seq,) for seq, _ in rows])
        delete(connection, rows)
        self._count_out(rows)

    def _count_out(self, rows: Rows) -> None:
        self.messages, self.bytes = self.messages - len(rows), self.bytes - _size(rows)


def delete(connection: sqlite3.Connection, rows: Rows) -> None:
    """Delete the messages with these numbers."""
    connection.executemany("delete from message where seq = ?", [(seq,) for seq, _ in rows])
    connection.executemany("delete from clip where seq = ?", [(seq,) for seq, _ in rows])


def waiting_between(connection: sqlite3.Connection, first: int, last: int) -> Rows:
    """What waits of these numbers, both included."""
    query = "select seq, size from waiting join message using (seq) where waiting.lane in (0, 1, 2, 3, 4)"
    return connection.execute(f"{query} and seq between ? and ?", (first, last)).fetchall()


def remove_acked(connection: sqlite3.Connection, rows: Iterable[tuple[int, int]]) -> None:
    """Remove these messages from those that wait."""
    statement = "delete from waiting where lane = (select lane from message where seq = ?1) and seq = ?1"
    connection.executemany(statement, [(seq,) for seq, _ in rows])


def _size(rows: Rows) -> int:
    return sum(size for _, size in rows)
