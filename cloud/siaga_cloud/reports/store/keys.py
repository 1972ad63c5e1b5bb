"""Stores the keys with which senders sent reports, so that sending one twice gives the same answer."""

from __future__ import annotations

from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


def lock_key(conn: Connection, key: UUID) -> None:
    """Lets only one transaction at a time work on a key."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (str(key),))


def set_secret(conn: Connection, report_id: UUID, secret_sha256: bytes) -> None:
    """Replace the follow-up secret by one that can be sent to the reporter again."""
    conn.execute("UPDATE report SET secret_sha256 = %s WHERE id = %s", (secret_sha256, report_id))
