"""Reads and forgets the history of states; `state_at` is what a thing was at a minute, for queries."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from siaga_cloud.platform.db.connection import Connection

TIMEOUT_SECONDS: Final = 10

Kind = Literal["incident", "task", "flood_state", "camera", "gauge", "gauge_view", "node"]


def state_at(kind: Kind, wanted_id: str) -> str:
    """Return a sub-select of what a thing was at the end of the minute before `%(at)s`; `wanted_id` is SQL of ours."""
    return (
        f"(SELECT past.held FROM state_history AS past WHERE past.kind = '{kind}' AND past.id = {wanted_id}"  # noqa: S608
        " AND past.minute < %(at)s ORDER BY past.minute DESC LIMIT 1)"
    )


def changed_since(kind: Kind, since: str) -> str:
    """Return a sub-select of the ids of what changed in a minute since then; `since` is SQL of ours."""
    return f"SELECT past.id FROM state_history AS past WHERE past.kind = '{kind}' AND past.minute >= {since}"  # noqa: S608


def limit_time(conn: Connection) -> None:
    """For the rest of the transaction no query may take longer."""
    conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{TIMEOUT_SECONDS}s",))


def began_at(conn: Connection) -> datetime:
    """Return the first minute at whose end everything that the history is to hold was in it."""
    row = conn.execute("SELECT minute + interval '1 minute' AS at FROM state_history WHERE kind = 'began'").fetchone()
    if row is None:
        raise LookupError("state_history: expected a row of the kind `began`, which the migration writes")
    began: datetime = row["at"]
    return began


def forget(conn: Connection, *, before: datetime, limit: int) -> int:
    """Forget what was over before a time, at most so many lines; return how many."""
    row = conn.execute("SELECT forget_state_history(%s, %s) AS n", (before, limit)).fetchone()
    return int(row["n"]) if row else 0
