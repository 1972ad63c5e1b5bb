"""Reads nodes with the delivery accounts of their outboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Represents a node and the account of its messages: `missing` are gaps that nothing explains."""

    id: str
    name: str | None
    state: str
    state_at: datetime | None
    software: str
    last_seen_at: datetime | None
    health: dict[str, Any] | None
    health_at: datetime | None
    received: int
    stored: int
    duplicate: int
    dead: int
    quarantined: int
    evicted: int
    missing: int


def nodes(conn: Connection) -> list[Node]:
    """Return all nodes, with the accounts of all their outboxes added up."""
    return (
        conn.cursor(row_factory=class_row(Node))
        .execute(
            "SELECT node.id, node.name, node.state, node.state_at, node.software, node.last_seen_at, node.health,"
            " node.health_at, coalesce(sum(ledger.received), 0)::bigint AS received,"
            " coalesce(sum(ledger.stored), 0)::bigint AS stored,"
            " coalesce(sum(ledger.duplicate), 0)::bigint AS duplicate, coalesce(sum(ledger.dead), 0)::bigint AS dead,"
            " coalesce(sum(ledger.quarantined), 0)::bigint AS quarantined,"
            " coalesce(sum(ledger.evicted), 0)::bigint AS evicted,"
            " coalesce(sum(ledger.missing), 0)::bigint AS missing"
            " FROM node LEFT JOIN node_ledger AS ledger ON ledger.node_id = node.id WHERE node.retired_at IS NULL"
            " GROUP BY node.id ORDER BY node.id"
        )
        .fetchall()
    )
