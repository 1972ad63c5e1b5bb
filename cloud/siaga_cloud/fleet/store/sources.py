"""Stores which node owns a camera or gauge, and lists what nodes reported without a right to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

RefusalReason: TypeAlias = Literal["unknown", "foreign"]
# So many sources of one node are listed by name; what it invents beyond is counted under an empty name.
MAX_LISTED_PER_NODE: Final = 100


class SourceName(NamedTuple):
    """Names a camera, gauge or asset; `kind` is event for evidence that names an event."""

    kind: str
    id: str


class Refusal(NamedTuple):
    """Represents one refused source of one node."""

    node_id: str
    source: SourceName
    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSource:
    """Represents a line of the operators' list. An empty `id` stands for further ones of the node, together.

    `is_recorded` says that the city knows the source by now, `owner` which node owns it now.
    """

    kind: str
    id: str
    node_id: str
    reason: RefusalReason
    messages: int
    first_at: datetime
    last_at: datetime
    is_recorded: bool
    owner: str | None


def owners(conn: Connection, sources: Iterable[SourceName]) -> dict[SourceName, str | None]:
    """Return the owner of each source that the city has recorded, None where nobody owns it yet."""
    wanted = list(sources)
    rows = conn.execute(
        "SELECT 'gauge' AS kind, id, node_id FROM gauge WHERE id = ANY(%s)"
        " UNION ALL SELECT 'camera', id, node_id FROM camera WHERE id = ANY(%s)"
        " UNION ALL SELECT 'asset', id, node_id FROM asset WHERE id = ANY(%s) AND retired_at IS NULL",
        tuple([one.id for one in wanted if one.kind == kind] for kind in ("gauge", "camera", "asset")),
    )
    return {SourceName(row["kind"], row["id"]): row["node_id"] for row in rows}


def event_nodes(conn: Connection, event_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the node that sent each of these events, of those that are stored."""
    if not event_ids:
        return {}
    rows = conn.execute("SELECT id, node_id FROM event WHERE id = ANY(%s)", (list(event_ids),))
    return {row["id"]: row["node_id"] for row in rows}


def claim(conn: Connection, source: SourceName, node_id: str, *, now: datetime) -> bool:
    """Make a node the owner of a source that nobody owns and record that in the audit log; False where it has an
    owner.
    """
    row = conn.execute("SELECT claim_source(%s, %s, %s, %s) AS claimed", (*source, node_id, now)).fetchone()
    return bool(row and row["claimed"])


def set_owner(conn: Connection, source: SourceName, node_id: str | None, *, now: datetime) -> None:
    """Set the owner of a recorded source; None: the next node that reports it."""
    table = {"gauge": "gauge", "camera": "camera", "asset": "asset"}[source.kind]
    query = f"UPDATE {table} SET node_id = %s, updated_at = %s WHERE id = %s"  # noqa: S608 - one of three tables
    conn.execute(query.encode(), (node_id, now, source.id))


def upsert_refusals(conn: Connection, refusals: Mapping[Refusal, int], *, now: datetime) -> None:
    """Count refused sources, in the order of their key so that replicas never deadlock."""
    counts = _bounded(conn, refusals)
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO refused_source AS held (node_id, kind, id, reason, messages, first_at, last_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (node_id, kind, id, reason) DO UPDATE SET"
            " messages = held.messages + excluded.messages, last_at = excluded.last_at",
            [(one.node_id, *one.source, one.reason, counts[one], now, now) for one in sorted(counts)],
        )


def _bounded(conn: Connection, refusals: Mapping[Refusal, int]) -> dict[Refusal, int]:
    """Fold the sources of a node beyond the limit into one line."""
    rows = conn.execute(
        "SELECT node_id, kind, id, reason FROM refused_source WHERE node_id = ANY(%s) AND id <> ''",
        (sorted({one.node_id for one in refusals}),),
    )
    listed = {Refusal(row["node_id"], SourceName(row["kind"], row["id"]), row["reason"]) for row in rows}
    used = Counter(one.node_id for one in listed)
    counts: dict[Refusal, int] = {}
    for one in sorted(refusals):
        if one in listed:
            line = one
        elif used[one.node_id] < MAX_LISTED_PER_NODE:
            line = one
            used[one.node_id] += 1
        else:
            line = Refusal(one.node_id, SourceName(one.source.kind, ""), one.reason)
        counts[line] = counts.get(line, 0) + refusals[one]
    return counts


def list_refused(conn: Connection, *, limit: int) -> list[RefusedSource]:
    """Return the refused sources, the most recent first, with what the city knows of them now."""
    return (
        conn.cursor(row_factory=class_row(RefusedSource))
        .execute(
            "SELECT refused.*, coalesce(gauge.id, camera.id, asset.id) IS NOT NULL AS is_recorded,"
            " coalesce(gauge.node_id, camera.node_id, asset.node_id) AS owner FROM refused_source AS refused"
            " LEFT JOIN gauge ON refused.kind = 'gauge' AND gauge.id = refused.id"
            " LEFT JOIN camera ON refused.kind = 'camera' AND camera.id = refused.id"
            " LEFT JOIN asset ON refused.kind = 'asset' AND asset.id = refused.id"
            " ORDER BY refused.last_at DESC, refused.node_id, refused.kind, refused.id LIMIT %s",
            (limit,),
        )
        .fetchall()
    )
