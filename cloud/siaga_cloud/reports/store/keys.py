"""Stores the keys with which senders sent reports, so that sending one twice gives the same answer."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


def lock_key(conn: Connection, key: UUID) -> None:
    """Lets only one transaction at a time work on a key."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (str(key),))


def lock_keys(conn: Connection, keys: Collection[UUID]) -> None:
    """As `lock_key` for many: everybody locks them in one sequence, so that no two transactions wait in a circle."""
    if not keys:
        return
    conn.execute(
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(text, 0) AS key"
        " FROM unnest(%s::text[]) AS text ORDER BY key) AS sorted",
        ([str(key) for key in keys],),
    )
