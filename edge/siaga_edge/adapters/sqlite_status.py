"""Looks into an outbox from outside, without disturbing the agent that owns it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from siaga_edge.adapters.sqlite_file import OutboxError
from siaga_edge.adapters.sqlite_outbox import FILE_NAME

_QUERY = """
with kept as (select seq, size, kept_at from waiting join message using (seq))
select fact.outbox_id, fact.last_seq, fact.evicted, count(kept.seq), coalesce(sum(kept.size), 0),
       min(kept.kept_at), (select count(*) from open_event)
from fact left join kept on true
"""


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
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            outbox_id, sent, evicted, waiting, size, oldest, events = connection.execute(_QUERY).fetchone()
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
