"""Looks into an outbox from outside, without disturbing the agent that owns it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from siaga_edge.adapters.sqlite_file import LAYOUT, OutboxError
from siaga_edge.adapters.sqlite_outbox import FILE_NAME

_QUERY = """
with kept as (select seq, size, kept_at from {waiting})
select fact.outbox_id, fact.last_seq, fact.evicted, count(kept.seq), coalesce(sum(kept.size), 0),
       min(kept.kept_at), (select count(*) from open_event)
from fact left join kept on true
"""
_HAS_MARKS = "select exists (select 1 from sqlite_master where name = 'waiting')"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStatus:
    """What an outbox holds. `sent` counts every message ever numbered; those not waiting and not evicted are
    committed in the cloud."""

    outbox_id: str
    sent: int
    waiting: int
    evicted: int
    bytes: int
    oldest_at: datetime | None
    open_events: int


def read_status(data_dir: Path) -> OutboxStatus:
    """The status of the outbox in a node's data_dir; raises `OutboxError` when there is none to read."""
    path = data_dir / FILE_NAME
    if not path.is_file():
        raise OutboxError(f"{path}: is not there: the agent has not run yet, or `data_dir` is another")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            _check_layout(connection, path)
            outbox_id, sent, evicted, waiting, size, oldest, events = connection.execute(_query(connection)).fetchone()
    except sqlite3.Error as error:
        raise OutboxError(f"{path}: cannot be read: {error}") from error
    return OutboxStatus(
        outbox_id=outbox_id,
        sent=sent,
        waiting=waiting,
        evicted=evicted,
        bytes=size,
        oldest_at=datetime.fromtimestamp(oldest, UTC) if oldest is not None else None,
        open_events=events,
    )


def _check_layout(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("select layout from fact").fetchone()[0]
    if found != LAYOUT:
        raise OutboxError(
            f"{path}: got layout {found}, expected layout {LAYOUT}; use the siaga-edge version that wrote it"
        )


def _query(connection: sqlite3.Connection) -> str:
    """An agent of before marked nothing as waiting: it deleted what was acknowledged, so all that is there waits."""
    (has_marks,) = connection.execute(_HAS_MARKS).fetchone()
    return _QUERY.format(waiting="waiting join message using (seq)" if has_marks else "message")
