"""Notices: kept once, planned into messages, delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice to be kept."""

    id: UUID
    dedupe_key: str
    audience_kind: str
    audience_key: str
    kind: str
    subject_kind: str
    subject_id: str
    priority: int
    group_key: str
    body: Mapping[str, Any]
    due_at: datetime
    created_at: datetime


_INSERT = (
    "INSERT INTO notice (id, dedupe_key, audience_kind, audience_key, kind, subject_kind, subject_id, priority,"
    " group_key, body, due_at, created_at) VALUES (%(id)s, %(dedupe_key)s, %(audience_kind)s, %(audience_key)s,"
    " %(kind)s, %(subject_kind)s, %(subject_id)s, %(priority)s, %(group_key)s, %(body)s, %(due_at)s, %(created_at)s)"
    " ON CONFLICT (dedupe_key) DO NOTHING"
)


def keep(conn: Connection, notice: NewNotice) -> bool:
    """Keeps a notice; False where its dedupe key is known already."""
    values = {name: getattr(notice, name) for name in NewNotice.__slots__}
    done = conn.execute(_INSERT, {**values, "body": Jsonb(dict(notice.body))})
    return done.rowcount == 1


def set_target(conn: Connection, *, kind: str, key: str, channel: str, address: str) -> None:
    """Adds a place where an audience is told; one that is known already stays."""
    conn.execute(
        "INSERT INTO notice_target VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (kind, key, channel, address)
    )


def forget_targets(conn: Connection, *, kind: str, key: str) -> int:
    """Forgets every address of an audience, also those of messages under way; how many were known."""
    done = conn.execute("DELETE FROM notice_target WHERE audience_kind = %s AND audience_key = %s", (kind, key))
    conn.execute(
        "UPDATE notice_delivery SET address = '(removed) ' || notice_delivery.id, state = CASE state WHEN 'queued' THEN 'failed'"
        " ELSE state END, done_at = coalesce(done_at, now()) FROM notice_message"
        " WHERE notice_message.id = message_id AND audience_kind = %s AND audience_key = %s",
        (kind, key),
    )
    return done.rowcount
