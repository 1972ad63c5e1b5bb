"""Stores the messages of text channels, the open conversations and the numbers of reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection

RETENTION: Final = timedelta(days=30)
CONVERSATIONS_RETENTION: Final = timedelta(days=8)  # by e-mail people answer after days
_SWEPT_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessageRow:
    """Represents a message as it arrived. `reply` is the answer to its sender, which is repeated when the message is
    delivered again.

    `thread` and `reply_to` are those of an e-mail: where it belongs and what its answers refer to.
    """

    id: UUID
    channel: str
    source_id: str
    sender: str
    raw: str
    outcome: str
    reply: str
    sent_at: datetime
    received_at: datetime
    thread: str = ""
    reply_to: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedReport:
    """Represents a sender's report with its short number."""

    number: int
    report_id: UUID
    source_id: str
    language: Literal["id", "en"]


def reply_to(conn: Connection, *, channel: str, source_id: str) -> str | None:
    """Return what was answered to a message that came before; None where it is new."""
    row = conn.execute(
        "SELECT reply FROM text_message WHERE channel = %s AND source_id = %s", (channel, source_id)
    ).fetchone()
    return str(row["reply"]) if row else None


def reply_to_like(conn: Connection, *, channel: str, digest: str, since: datetime) -> str | None:
    """Return the same for messages without an id: one of the same sender and text that came lately."""
    row = conn.execute(
        "SELECT reply FROM text_message WHERE channel = %s AND received_at >= %s AND starts_with(source_id, %s)"
        " ORDER BY received_at DESC LIMIT 1",
        (channel, since, digest),
    ).fetchone()
    return str(row["reply"]) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageThread:
    """Names where a stored message belongs."""

    thread: str
    reply_to: dict[str, Any]


def message_of(conn: Connection, *, channel: str, source_id: str) -> MessageThread | None:
    """Return a message that was stored; None where it never came, or was forgotten since."""
    row = conn.execute(
        "SELECT thread, reply_to FROM text_message WHERE channel = %s AND source_id = %s", (channel, source_id)
    ).fetchone()
    return MessageThread(**row) if row else None


def persist(conn: Connection, stored_message: TextMessageRow) -> None:
    """Stores a message and forgets some of those that are over a month old."""
    conn.execute(
        "INSERT INTO text_message (id, channel, source_id, sender, raw, outcome, reply, sent_at, received_at,"
        " thread, reply_to) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            stored_message.id,
            stored_message.channel,
            stored_message.source_id,
            stored_message.sender,
            stored_message.raw,
            stored_message.outcome,
            stored_message.reply,
            stored_message.sent_at,
            stored_message.received_at,
            stored_message.thread,
            Jsonb(dict(stored_message.reply_to)),
        ),
    )
    conn.execute(
        "DELETE FROM text_message WHERE id IN (SELECT id FROM text_message WHERE received_at < %s LIMIT %s)",
        (stored_message.received_at - RETENTION, _SWEPT_AT_ONCE),
    )


def dialogue_of(conn: Connection, *, channel: str, sender: str) -> dict[str, Any] | None:
    """Return the conversation with a sender that goes on."""
    row = conn.execute(
        "SELECT state FROM conversation WHERE channel = %s AND sender = %s", (channel, sender)
    ).fetchone()
    return row["state"] if row else None


def save_dialogue(
    conn: Connection, *, channel: str, sender: str, dialogue: dict[str, Any] | None, at: datetime
) -> None:
    """Stores how a conversation stands, or ends it; ends some that nobody went on with for long."""
    if dialogue is None:
        conn.execute("DELETE FROM conversation WHERE channel = %s AND sender = %s", (channel, sender))
    else:
        conn.execute(
            "INSERT INTO conversation (channel, sender, state, last_message_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (channel, sender) DO UPDATE SET state = excluded.state, last_message_at ="
            " excluded.last_message_at",
            (channel, sender, Jsonb(dialogue), at),
        )
    conn.execute(
        "DELETE FROM conversation WHERE (channel, sender) IN"
        " (SELECT channel, sender FROM conversation WHERE last_message_at < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        (at - CONVERSATIONS_RETENTION, _SWEPT_AT_ONCE),
    )


def number_report(
    conn: Connection,
    report_id: UUID,
    *,
    channel: str,
    sender: str,
    language: str,
    thread: str = "",
    reply_to: Mapping[str, Any] | None = None,
) -> int:
    """Give a report a short number for its sender, who is answered in this language and thread."""
    row = conn.execute(
        "INSERT INTO text_report (report_id, channel, sender, language, thread, reply_to)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (report_id) DO UPDATE SET sender = excluded.sender"
        " RETURNING number",
        (report_id, channel, sender, language, thread, Jsonb(dict(reply_to or {}))),
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING gives a row
    return int(row["number"])


_NUMBERED = (
    "SELECT number, report_id, external_id AS source_id, language FROM text_report"
    " JOIN report ON report.id = report_id WHERE external_id IS NOT NULL AND text_report.channel = %(channel)s"
)


def last_report(conn: Connection, *, channel: str, sender: str, since: datetime) -> NumberedReport | None:
    """Return the last report that a sender made since then."""
    row = conn.execute(
        f"{_NUMBERED} AND sender = %(sender)s AND received_at >= %(since)s ORDER BY number DESC LIMIT 1",
        {"channel": channel, "sender": sender, "since": since},
    ).fetchone()
    return NumberedReport(**row) if row else None


def report_of_thread(conn: Connection, *, channel: str, sender: str, thread: str) -> NumberedReport | None:
    """Return the report that a thread of this sender became."""
    row = conn.execute(
        f"{_NUMBERED} AND sender = %(sender)s AND thread = %(thread)s AND thread <> '' ORDER BY number DESC LIMIT 1",
        {"channel": channel, "sender": sender, "thread": thread},
    ).fetchone()
    return NumberedReport(**row) if row else None


def thread_of(conn: Connection, *, channel: str, source_ids: list[str], answer_ids: list[UUID]) -> str | None:
    """Return the thread that one of these belongs to: messages that came, or (by their own ids) answers that went
    out."""
    row = conn.execute(
        "SELECT thread FROM text_message WHERE channel = %(channel)s AND thread <> '' AND (source_id = ANY(%(came)s)"
        " OR id::text IN (SELECT audience_key FROM notification_message WHERE id = ANY(%(went)s)"
        "   AND audience_kind = 'message'))"
        " UNION ALL SELECT thread FROM text_report WHERE channel = %(channel)s AND thread <> '' AND report_id::text IN"
        " (SELECT audience_key FROM notification_message WHERE id = ANY(%(went)s) AND audience_kind = 'reporter')"
        " LIMIT 1",
        {"channel": channel, "came": source_ids, "went": answer_ids},
    ).fetchone()
    return str(row["thread"]) if row else None


def received_since(conn: Connection, *, channel: str, sender: str, since: datetime) -> int:
    """Return how many messages a sender has sent since then."""
    row = conn.execute(
        "SELECT count(*) AS n FROM text_message WHERE channel = %s AND sender = %s AND received_at >= %s",
        (channel, sender, since),
    ).fetchone()
    return int(row["n"]) if row else 0


def secret_of_number(conn: Connection, number: int, *, channel: str, sender: str) -> bytes | None:
    """Return the hash of the follow-up secret of a sender's own report."""
    row = conn.execute(
        "SELECT secret_sha256 FROM text_report JOIN report ON report.id = report_id"
        " WHERE number = %s AND text_report.channel = %s AND sender = %s",
        (number, channel, sender),
    ).fetchone()
    return bytes(row["secret_sha256"]) if row else None
