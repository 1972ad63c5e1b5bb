"""Stores the record of every message: once each, or with its bytes and the reason where it could not be processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from siaga_cloud.platform.db.arrays import array
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.db.copying import copy_rows, insert_unless_stored


class MessageRow(NamedTuple):
    """Represents the envelope of a message to store, in the sequence of its columns."""

    id: UUID
    measured_at: datetime
    node_id: str
    stream: str
    outbox_id: UUID
    seq: int
    sent_at: datetime
    received_at: datetime
    late: bool
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Represents a message that cannot be processed; `outbox_id` and `seq` are set where they could be read.

    `item_id` identifies the item of a feed ("" where its contents do); `body_label` is that of its complete body.
    """

    node_id: str | None
    topic: str
    payload: bytes
    reason: str
    outbox_id: UUID | None
    seq: int | None
    received_at: datetime
    item_id: str | None = None
    body_label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedMessage:
    """Represents a well-formed message whose clock cannot be right."""

    node_id: str
    message_id: UUID
    outbox_id: UUID
    seq: int
    measured_at: datetime
    topic: str
    payload: bytes
    reason: str
    received_at: datetime


@dataclass(slots=True, kw_only=True)
class Counts:
    """Holds what one batch adds to the account of one outbox."""

    highest_seq: int = 0
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    dead: int = 0
    quarantined: int = 0
    evicted: int = 0


_COLUMNS = "id, measured_at, node_id, stream, outbox_id, seq, sent_at, received_at, late, size_bytes"
_TYPES = ("uuid", "timestamptz", "text", "text", "uuid", "int8", "timestamptz", "timestamptz", "bool", "int4")


_id_of = attrgetter("id.int")  # in one sequence, so that replicas do not wait for each other in a circle


def prepare_stages(conn: Connection) -> None:
    """Makes this connection's staging tables: COPY itself cannot leave out what is there already."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS stage_message (LIKE message) ON COMMIT DELETE ROWS")
    prepare_reading_stage(conn)


def prepare_reading_stage(conn: Connection) -> None:
    """Makes the staging table of readings alone, for programs that may not read messages of nodes."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS stage_reading (LIKE reading) ON COMMIT DELETE ROWS")
    conn.commit()


def insert_new(conn: Connection, rows: Sequence[MessageRow]) -> frozenset[UUID]:
    """Store the messages that are not stored yet, and return them."""
    if not rows:
        return frozenset()
    with conn.cursor() as cursor:
        copy_rows(cursor, "stage_message", _COLUMNS, _TYPES, rows)
        cursor.execute(
            f"INSERT INTO message ({_COLUMNS}) SELECT DISTINCT ON (id) {_COLUMNS} FROM stage_message"  # noqa: S608
            " ORDER BY id, received_at ON CONFLICT DO NOTHING RETURNING id"
        )
        return frozenset(row["id"] for row in cursor)


def insert_all(conn: Connection, rows: Sequence[MessageRow]) -> bool:
    """Store messages of which none is stored yet; False where one is, and nothing was changed (docs/adr/0045)."""
    return insert_unless_stored(conn, "message", _COLUMNS, _TYPES, sorted(rows, key=_id_of))


def bury(conn: Connection, dead_letters: Sequence[DeadLetter]) -> list[bool]:
    """Store dead letters with their bytes; return for each whether it is new (a resent one is only counted)."""
    return [_bury(conn, dead_letter) for dead_letter in dead_letters]


_BURY = """
    INSERT INTO dead_letter AS held (node_id, topic, payload, reason, outbox_id, seq, received_at, last_at, item_id,
        body_label)
    VALUES (%(node_id)s, %(topic)s, %(payload)s, %(reason)s, %(outbox_id)s, %(seq)s, %(at)s, %(at)s, %(item_id)s,
        %(body_label)s)
"""
_RECOUNT = " DO UPDATE SET times = held.times + 1, last_at = excluded.last_at RETURNING times"
_BURY_BY_SEQ = _BURY + "ON CONFLICT (node_id, outbox_id, seq) WHERE seq IS NOT NULL" + _RECOUNT
_BURY_BY_BYTES = _BURY + "ON CONFLICT (payload_sha256, topic) WHERE seq IS NULL" + _RECOUNT


def _bury(conn: Connection, dead_letter: DeadLetter) -> bool:
    # `sent_at` differs in each resend, and so do the bytes; the sequence number does not.
    row = conn.execute(
        _BURY_BY_BYTES if dead_letter.seq is None else _BURY_BY_SEQ,
        {
            "node_id": dead_letter.node_id,
            "topic": dead_letter.topic,
            "payload": dead_letter.payload,
            "reason": dead_letter.reason,
            "outbox_id": dead_letter.outbox_id,
            "seq": dead_letter.seq,
            "at": dead_letter.received_at,
            "item_id": dead_letter.item_id,
            "body_label": dead_letter.body_label,
        },
    ).fetchone()
    return row is not None and row["times"] == 1


def quarantine(conn: Connection, messages: Sequence[QuarantinedMessage]) -> list[bool]:
    """Stores messages with a wrong clock apart; for each, whether it is new."""
    return [_quarantine(conn, message) for message in messages]


def _quarantine(conn: Connection, message: QuarantinedMessage) -> bool:
    row = conn.execute(
        "INSERT INTO quarantine AS held (node_id, message_id, outbox_id, seq, measured_at, topic, payload, reason,"
        " received_at, last_at) VALUES (%(node_id)s, %(message_id)s, %(outbox_id)s, %(seq)s, %(measured_at)s,"
        " %(topic)s, %(payload)s, %(reason)s, %(at)s, %(at)s)"
        " ON CONFLICT (node_id, outbox_id, seq) DO UPDATE SET times = held.times + 1, last_at = excluded.last_at"
        " RETURNING times",
        {
            "node_id": message.node_id,
            "message_id": message.message_id,
            "outbox_id": message.outbox_id,
            "seq": message.seq,
            "measured_at": message.measured_at,
            "topic": message.topic,
            "payload": message.payload,
            "reason": message.reason,
            "at": message.received_at,
        },
    ).fetchone()
    return row is not None and row["times"] == 1


def add_to_ledger(conn: Connection, counts: dict[tuple[str, UUID], Counts], *, now: datetime) -> None:
    """Adds a batch's counts per (node, outbox), in the order of the key so that replicas never deadlock."""
    keys = sorted(counts)
    ones = [counts[key] for key in keys]
    conn.execute(
        "INSERT INTO node_ledger AS held (node_id, outbox_id, highest_seq, received, stored, duplicate, dead,"
        " quarantined, evicted, first_at, updated_at)"
        " SELECT given.*, %(now)s, %(now)s FROM unnest(%(nodes)s::text[], %(outboxes)s::uuid[], %(highest)s::int8[],"
        " %(received)s::int8[], %(stored)s::int8[], %(duplicate)s::int8[], %(dead)s::int8[],"
        " %(quarantined)s::int8[], %(evicted)s::int8[]) AS given"
        " ON CONFLICT (node_id, outbox_id) DO UPDATE SET"
        " highest_seq = greatest(held.highest_seq, excluded.highest_seq),"
        " received = held.received + excluded.received, stored = held.stored + excluded.stored,"
        " duplicate = held.duplicate + excluded.duplicate, dead = held.dead + excluded.dead,"
        " quarantined = held.quarantined + excluded.quarantined,"
        " evicted = greatest(held.evicted, excluded.evicted), updated_at = excluded.updated_at",
        {
            "now": now,
            "nodes": array(node_id for node_id, _ in keys),
            "outboxes": array(outbox_id for _, outbox_id in keys),
            "highest": array(one.highest_seq for one in ones),
            "received": array(one.received for one in ones),
            "stored": array(one.stored for one in ones),
            "duplicate": array(one.duplicate for one in ones),
            "dead": array(one.dead for one in ones),
            "quarantined": array(one.quarantined for one in ones),
            "evicted": array(one.evicted for one in ones),
        },
    )
