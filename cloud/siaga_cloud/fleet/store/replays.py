"""Stores the replay requests after a restore: which nodes still have to receive one and which have followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

REQUEST_AGAIN_AFTER = timedelta(seconds=60)
# A node that got the request at the last moment, or starts again, still needs acknowledgements that name it.
NAMED_FOR_LONGER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """Represents the request that one node sends again what was acknowledged since a given time."""

    request_id: UUID
    since: datetime
    made_at: datetime
    node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgress:
    """Represents the progress of one node. `requested_at` is None for one that has not connected since; `acked_since`
    is how far back it can go.
    """

    node_id: str
    requested_at: datetime | None
    times: int | None
    done_at: datetime | None
    waiting: int | None
    acked_since: datetime | None
    missing: int


def request(conn: Connection, *, since: datetime, now: datetime, lasts: timedelta, by: str) -> UUID:
    """Request a replay from all nodes from now on. It replaces an older request and reaches as far back as that one
    did.

    It is made later than all before it, whatever clocks say: nodes follow none older than the one they followed.
    """
    row = conn.execute(
        "WITH ended AS (UPDATE replay_request SET ends_at = greatest(made_at, %(now)s) WHERE ends_at > %(now)s"
        " RETURNING since) INSERT INTO replay_request (id, since, made_at, ends_at, made_by)"
        " SELECT %(id)s, least(%(since)s, (SELECT min(since) FROM ended)), newest.at, newest.at + %(lasts)s, %(by)s"
        " FROM (SELECT greatest(%(now)s, max(made_at) + interval '1 millisecond') AS at FROM replay_request) AS newest"
        " RETURNING id",
        {"id": uuid4(), "since": since, "now": now, "lasts": lasts, "by": by},
    ).fetchone()
    if row is None:
        raise LookupError("an insert gives one row")
    return UUID(str(row["id"]))


def due(conn: Connection, seen_nodes: Sequence[str], *, now: datetime) -> list[ReplayRequest]:
    """Return the requests that connected nodes must receive now, and record them as sent."""
    if not seen_nodes:
        return []
    return (
        conn.cursor(row_factory=class_row(ReplayRequest))
        .execute(
            "WITH wanted AS (SELECT id, since, made_at FROM replay_request WHERE ends_at > %(now)s"
            "  ORDER BY made_at DESC LIMIT 1),"
            " asked AS (INSERT INTO replay_node AS held (request_id, node_id, requested_at)"
            "  SELECT wanted.id, node_id, %(now)s FROM wanted, unnest(%(heard)s::text[]) AS node_id ORDER BY node_id"
            "  ON CONFLICT (request_id, node_id) DO UPDATE SET requested_at = excluded.requested_at, times ="
            " held.times + 1"
            "  WHERE held.done_at IS NULL AND held.requested_at < %(now)s - %(again)s RETURNING node_id)"
            " SELECT wanted.id AS request_id, wanted.since, wanted.made_at, asked.node_id FROM wanted, asked",
            {"now": now, "heard": list(seen_nodes), "again": REQUEST_AGAIN_AFTER},
        )
        .fetchall()
    )


def named(conn: Connection, *, now: datetime) -> UUID | None:
    """Return what acknowledgements of this very transaction name: the newest request, none long after it ended.

    A database that is older than a request cannot name it, so that a node can distinguish a restored one.
    """
    row = conn.execute(
        "SELECT id FROM replay_request WHERE ends_at > %s ORDER BY made_at DESC LIMIT 1", (now - NAMED_FOR_LONGER,)
    ).fetchone()
    return row["id"] if row else None


def note_followed(conn: Connection, followed: Sequence[tuple[str, UUID]], *, now: datetime) -> None:
    """Record which (node, request) were followed."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE replay_node SET done_at = %s WHERE node_id = %s AND request_id = %s AND done_at IS NULL",
            [(now, node_id, request_id) for node_id, request_id in sorted(followed)],
        )


def newest_message(conn: Connection) -> datetime | None:
    """When the newest message that is still there was received."""
    row = conn.execute("SELECT max(last_seen_at) AS at FROM node").fetchone()
    return row["at"] if row else None


def newest_request(conn: Connection) -> tuple[datetime, datetime] | None:
    """(`since`, `ends_at`) of the last one; None without any."""
    row = conn.execute("SELECT since, ends_at FROM replay_request ORDER BY made_at DESC LIMIT 1").fetchone()
    return (row["since"], row["ends_at"]) if row else None


def progress(conn: Connection) -> list[NodeProgress]:
    """Return every node, for the last request."""
    return (
        conn.cursor(row_factory=class_row(NodeProgress))
        .execute(
            "SELECT node.id AS node_id, asked.requested_at, asked.times, asked.done_at,"
            " (node.health -> 'outbox' ->> 'waiting')::int AS waiting,"
            " (node.health -> 'outbox' ->> 'acked_since')::timestamptz AS acked_since,"
            " coalesce((SELECT sum(missing) FROM node_ledger WHERE node_id = node.id), 0)::bigint AS missing"
            " FROM node LEFT JOIN (SELECT * FROM replay_node WHERE request_id ="
            "  (SELECT id FROM replay_request ORDER BY made_at DESC LIMIT 1)) AS asked ON asked.node_id = node.id"
            " ORDER BY node.id"
        )
        .fetchall()
    )
