"""Stores which nodes are blocked, and the certificates that nodes were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBlock:
    """Represents a blocked node with what ingest dropped of it since."""

    node_id: str
    blocked_at: datetime
    blocked_by: str
    reason: str
    dropped: int
    dropped_bytes: int
    last_dropped_at: datetime | None


def insert(conn: Connection, node_id: str, *, reason: str, by: str, now: datetime) -> bool:
    """Block a node, which counts as offline from now on; False where it is blocked already."""
    done = conn.execute(
        "INSERT INTO node_block (node_id, blocked_at, blocked_by, reason) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (node_id, now, by, reason),
    )
    conn.execute("UPDATE node SET state = 'offline', state_at = %s WHERE id = %s", (now, node_id))
    return done.rowcount > 0


def delete(conn: Connection, node_id: str) -> bool:
    """End the block of a node; False where it is not blocked."""
    return conn.execute("DELETE FROM node_block WHERE node_id = %s", (node_id,)).rowcount > 0


def blocks(conn: Connection) -> list[NodeBlock]:
    """Return the blocked nodes by name."""
    return (
        conn.cursor(row_factory=class_row(NodeBlock))
        .execute(
            "SELECT node_id, blocked_at, blocked_by, reason, dropped, dropped_bytes, last_dropped_at FROM node_block"
            " ORDER BY node_id"
        )
        .fetchall()
    )


def blocked(conn: Connection) -> frozenset[str]:
    """Return the names of all blocked nodes."""
    return frozenset(row["node_id"] for row in conn.execute("SELECT node_id FROM node_block"))


def is_blocked(conn: Connection, node_id: str) -> bool:
    """Return whether a node is blocked."""
    return conn.execute("SELECT FROM node_block WHERE node_id = %s", (node_id,)).fetchone() is not None


def count_dropped(conn: Connection, dropped: Mapping[str, tuple[int, int]], *, now: datetime) -> None:
    """Add what was dropped of blocked nodes: messages and bytes."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE node_block SET dropped = dropped + %s, dropped_bytes = dropped_bytes + %s, last_dropped_at = %s"
            " WHERE node_id = %s",
            [(*dropped[node_id], now, node_id) for node_id in sorted(dropped)],
        )


def save_certificate(
    conn: Connection, serial: str, node_id: str, *, issued_at: datetime, valid_until: datetime
) -> None:
    """Record a certificate that a node was given."""
    conn.execute(
        "INSERT INTO node_certificate (serial, node_id, issued_at, valid_until) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (serial, node_id, issued_at, valid_until),
    )


def revoke_certificates(conn: Connection, node_id: str, *, now: datetime) -> int:
    """Revoke every certificate of a node; return how many were not revoked before."""
    done = conn.execute(
        "UPDATE node_certificate SET revoked_at = %s WHERE node_id = %s AND revoked_at IS NULL", (now, node_id)
    )
    return done.rowcount


def count_revoked(conn: Connection, node_id: str) -> int:
    """Return how many revoked certificates of a node are on record."""
    query = "SELECT FROM node_certificate WHERE node_id = %s AND revoked_at IS NOT NULL"
    return conn.execute(query, (node_id,)).rowcount


def is_revoked(conn: Connection, serial: str) -> bool:
    """Return whether a certificate was revoked."""
    query = "SELECT FROM node_certificate WHERE serial = %s AND revoked_at IS NOT NULL"
    return conn.execute(query, (serial,)).fetchone() is not None


def revoked(conn: Connection, *, now: datetime) -> list[tuple[str, datetime]]:
    """Return the serial numbers of revoked certificates that have not expired, with the time of revocation."""
    rows = conn.execute(
        "SELECT serial, revoked_at FROM node_certificate WHERE revoked_at IS NOT NULL AND valid_until > %s"
        " ORDER BY serial",
        (now,),
    )
    return [(row["serial"], row["revoked_at"]) for row in rows]
