"""Reads the inboxes, the messages to reporters, and the counts of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """Represents a message in an inbox."""

    id: UUID
    at: datetime
    read_at: datetime | None
    priority: int
    notification_count: int
    in_storm: bool
    text_id: str
    text_en: str
    subjects: list[dict[str, Any]]


def inbox(conn: Connection, user_id: str, *, unread: bool, limit: int) -> list[InboxLine]:
    """Someone's messages, the newest first, each with what it is about (100 subjects at most)."""
    rows = conn.execute(
        "SELECT message.id, inbox.at, inbox.read_at, message.priority, message.notification_count, message.in_storm,"
        " message.text_id, message.text_en, coalesce((SELECT jsonb_agg(one) FROM (SELECT kind, subject_kind,"
        "  subject_id, text_id, text_en FROM notification WHERE message_id = message.id ORDER BY state DESC,"
        " priority, due_at"
        "  LIMIT 100) AS one), '[]') AS subjects"
        " FROM notification_inbox AS inbox JOIN notification_message AS message ON message.id = inbox.message_id"
        " WHERE inbox.user_id = %s AND (NOT %s OR inbox.read_at IS NULL) ORDER BY inbox.at DESC, message.id LIMIT %s",
        (user_id, unread, limit),
    )
    return [InboxLine(**row) for row in rows]


def mark_read(conn: Connection, user_id: str, message_id: UUID | None, *, now: datetime) -> int:
    """Marks one message (None: all) as read; how many were not."""
    done = conn.execute(
        "UPDATE notification_inbox SET read_at = %(now)s WHERE user_id = %(user)s AND read_at IS NULL"
        " AND (%(message)s::uuid IS NULL OR message_id = %(message)s)",
        {"now": now, "user": user_id, "message": message_id},
    )
    return done.rowcount


def in_inbox(conn: Connection, user_id: str, message_id: UUID) -> bool:
    """Return whether a message is in someone's inbox."""
    row = conn.execute(
        "SELECT 1 FROM notification_inbox WHERE user_id = %s AND message_id = %s", (user_id, message_id)
    ).fetchone()
    return row is not None


def messages(conn: Connection, kind: str, key: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the messages to an audience, the oldest first: at, text_id, text_en."""
    return conn.execute(
        "SELECT sent_at AS at, text_id, text_en FROM notification WHERE audience_kind = %s AND audience_key = %s"
        " AND state IN ('sent', 'grouped') ORDER BY created_at, id LIMIT %s",
        (kind, key, limit),
    ).fetchall()


def accounts(conn: Connection, *, since: datetime) -> dict[str, int]:
    """Return how many notifications were made since then and what became of them, and deliveries by state."""
    row = conn.execute(
        "SELECT count(*) AS made, count(*) FILTER (WHERE state = 'queued') AS waiting,"
        " count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'grouped') AS grouped,"
        " count(*) FILTER (WHERE state = 'failed') AS failed, count(DISTINCT message_id) AS messages,"
        " (SELECT count(*) FROM notification_delivery WHERE created_at > %(since)s AND state = 'queued') AS"
        " undelivered,"
        " (SELECT count(*) FROM notification_delivery WHERE created_at > %(since)s AND state = 'failed') AS"
        " undeliverable"
        " FROM notification WHERE created_at > %(since)s",
        {"since": since},
    ).fetchone()
    return {name: int(value) for name, value in row.items()} if row else {}
