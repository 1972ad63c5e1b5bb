"""Stores notifications once, plans them into messages and records their delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection

# How long a message waits for a gateway that requests its messages itself.
COLLECTED_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """Holds a notification that is to be stored."""

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
    "INSERT INTO notification (id, dedupe_key, audience_kind, audience_key, kind, subject_kind, subject_id, priority,"
    " group_key, body, due_at, created_at) VALUES (%(id)s, %(dedupe_key)s, %(audience_kind)s, %(audience_key)s,"
    " %(kind)s, %(subject_kind)s, %(subject_id)s, %(priority)s, %(group_key)s, %(body)s, %(due_at)s, %(created_at)s)"
    " ON CONFLICT (dedupe_key) DO NOTHING"
)


def insert(conn: Connection, notification: NewNotification) -> bool:
    """Stores a notification; False where its dedupe key is known already."""
    values = {name: getattr(notification, name) for name in NewNotification.__slots__}
    done = conn.execute(_INSERT, {**values, "body": Jsonb(dict(notification.body))})
    return done.rowcount == 1


def forget_targets(conn: Connection, *, kind: str, key: str) -> int:
    """Deletes every address of an audience, also those of messages under way; how many were known."""
    done = conn.execute("DELETE FROM notification_target WHERE audience_kind = %s AND audience_key = %s", (kind, key))
    conn.execute(
        "UPDATE notification_delivery SET address = '(removed) ' || notification_delivery.id,"
        " state = CASE state WHEN 'queued' THEN 'failed' ELSE state END,"
        " done_at = coalesce(done_at, now()) FROM notification_message"
        " WHERE notification_message.id = message_id AND audience_kind = %s AND audience_key = %s",
        (kind, key),
    )
    return done.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedNotification:
    """Represents a notification that waits."""

    id: UUID
    kind: str
    priority: int
    group_key: str
    body: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """Holds a message that is to be stored; the first of `notification_ids` heads it."""

    id: UUID
    audience_kind: str
    audience_key: str
    priority: int
    text_id: str
    text_en: str
    notification_ids: list[UUID]
    in_storm: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Represents the delivery of a message to an address. `language` and `reply_to` are those of a reporter on a text
    channel.
    """

    id: int
    message_id: UUID
    channel: str
    address: str
    attempts: int
    priority: int
    notification_count: int
    text_id: str
    text_en: str
    created_at: datetime
    language: str | None = None
    reply_to: Mapping[str, Any] | None = None
    is_reply: bool = False

    @property
    def text(self) -> str:
        """Return the text where there is room for one language."""
        return self.text_en if self.language == "en" else self.text_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRow:
    """Represents a stored storm."""

    id: int
    began_at: datetime
    began_by: str
    why: str
    ended_at: datetime | None
    ended_by: str | None
    end_why: str | None
    hold_until: datetime | None
    calm_since: datetime | None


def plan_alone(conn: Connection) -> bool:
    """Return whether this transaction, and no other, may plan messages now."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(hashtext('siaga plan notices')) AS yes").fetchone()
    return bool(row and row["yes"])


def audiences_waiting(conn: Connection, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Audiences with notifications that are due, the most urgent first."""
    rows = conn.execute(
        "SELECT audience_kind, audience_key FROM notification WHERE state = 'queued' AND due_at <= %s GROUP BY 1, 2"
        " ORDER BY min(priority), min(due_at) LIMIT %s",
        (now, limit),
    )
    return [(row["audience_kind"], row["audience_key"]) for row in rows]


def waiting_of(conn: Connection, kind: str, key: str, *, now: datetime, limit: int) -> list[QueuedNotification]:
    """Return what waits for an audience, the most urgent first."""
    rows = conn.execute(
        "SELECT id, kind, priority, group_key, body, due_at FROM notification WHERE state = 'queued' AND due_at <= %s"
        " AND audience_kind = %s AND audience_key = %s ORDER BY priority, due_at, id LIMIT %s",
        (now, kind, key, limit),
    )
    return [QueuedNotification(**row) for row in rows]


def bucket(conn: Connection, kind: str, key: str) -> tuple[float, datetime] | None:
    """Return (tokens, when) of an audience that received a message before."""
    row = conn.execute(
        "SELECT tokens, at FROM notification_bucket WHERE audience_kind = %s AND audience_key = %s", (kind, key)
    ).fetchone()
    return (row["tokens"], row["at"]) if row else None


def save_bucket(conn: Connection, kind: str, key: str, *, tokens: float, at: datetime) -> None:
    """How many messages an audience may get at that time."""
    conn.execute(
        "INSERT INTO notification_bucket VALUES (%s, %s, %s, %s) ON CONFLICT (audience_kind, audience_key)"
        " DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
        (kind, key, tokens, at),
    )


def save_message(conn: Connection, message: NewMessage) -> None:
    """Stores a message and marks its notifications: the first sent, the others grouped in it. An answer to one has
    none.
    """
    conn.execute(
        "INSERT INTO notification_message (id, audience_kind, audience_key, priority, text_id, text_en,"
        " notification_count, in_storm,"
        " created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            message.id,
            message.audience_kind,
            message.audience_key,
            message.priority,
            message.text_id,
            message.text_en,
            max(1, len(message.notification_ids)),
            message.in_storm,
            message.created_at,
        ),
    )
    if not message.notification_ids:
        return
    conn.execute(
        "UPDATE notification SET state = CASE WHEN id = %(head)s THEN 'sent' ELSE 'grouped' END, message_id ="
        " %(message)s,"
        " sent_at = %(now)s WHERE id = ANY(%(ids)s)",
        {
            "head": message.notification_ids[0],
            "message": message.id,
            "now": message.created_at,
            "ids": message.notification_ids,
        },
    )


def save_texts(conn: Connection, texts: Mapping[UUID, tuple[str, str]]) -> None:
    """Store the text of each notification, in Indonesian and English."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "UPDATE notification SET text_id = %s, text_en = %s WHERE id = %s",
            [(indonesian, english, notification_id) for notification_id, (indonesian, english) in texts.items()],
        )


def fail(conn: Connection, notification_ids: list[UUID], *, now: datetime) -> None:
    """Notifications whose audience is nobody."""
    conn.execute("UPDATE notification SET state = 'failed', sent_at = %s WHERE id = ANY(%s)", (now, notification_ids))


def people_of(conn: Connection, kind: str, key: str, areas: list[str]) -> list[str]:
    """Return who of an audience signs in. Officers with an area of their own are notified only of what lies in it."""
    role, _, area = key.partition("@")
    query = {
        "user": "SELECT id FROM app_user WHERE id = %(key)s AND disabled_at IS NULL",
        "role": "SELECT id FROM app_user WHERE role = %(role)s AND disabled_at IS NULL"
        " AND (%(area)s = '' OR area_id = %(area)s) ORDER BY id LIMIT 1000",
        "agency": "SELECT id FROM app_user WHERE agency_id = %(key)s AND role IN ('officer', 'agency_head')"
        " AND disabled_at IS NULL AND (role = 'agency_head' OR area_id IS NULL"
        "  OR EXISTS (SELECT FROM unnest(%(areas)s::text[]) AS one WHERE app_user.area_id = ANY(area_path(one))))"
        " ORDER BY id LIMIT 5000",
    }.get(kind)
    if query is None:
        return []
    rows = conn.execute(query.encode(), {"key": key, "role": role, "area": area, "areas": areas})
    return [row["id"] for row in rows]


def put_in_inboxes(conn: Connection, message_id: UUID, users: list[str], *, now: datetime) -> None:
    """The message is there to be read."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO notification_inbox (user_id, message_id, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(user, message_id, now) for user in users],
        )


def targets(conn: Connection, kind: str, key: str) -> list[tuple[str, str]]:
    """Return (channel, address) besides the inbox; a reporter is notified by the text channel or the e-mail of the
    report.
    """
    rows = conn.execute(
        "SELECT channel, address FROM notification_target WHERE audience_kind = %s AND audience_key = %s"
        " ORDER BY 1, 2 LIMIT 20",
        (kind, key),
    )
    found = [(row["channel"], row["address"]) for row in rows]
    if kind == "reporter":
        rows = conn.execute(
            "SELECT channel, sender AS address FROM text_report WHERE report_id::text = %(key)s"
            " UNION SELECT 'email', email FROM report_contact WHERE report_id::text = %(key)s AND email <> ''",
            {"key": key},
        )
        found += [(row["channel"], row["address"]) for row in rows]
    return found


def save_delivery(conn: Connection, *, message_id: UUID, channel: str, address: str, now: datetime) -> int | None:
    """Store a delivery of a message; return its number, or None where it is on its way already."""
    row = conn.execute(
        "INSERT INTO notification_delivery (message_id, channel, address, created_at, due_at) VALUES (%s, %s, %s,"
        " %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (message_id, channel, address, now, now),
    ).fetchone()
    return int(row["id"]) if row else None


_DELIVERY = (
    "SELECT notification_delivery.id, message_id, notification_delivery.channel, address, attempts, priority,"
    " notification_count, text_id,"
    " text_en, message.created_at,"
    " CASE WHEN audience_kind = 'message' THEN 'id' ELSE told.language END AS language,"
    " coalesce(told.reply_to, heard.reply_to) AS reply_to,"
    " audience_kind = 'message' AS is_reply"
    " FROM notification_delivery JOIN notification_message AS message ON message.id = message_id"
    " LEFT JOIN text_report AS told ON audience_kind = 'reporter' AND told.report_id::text = audience_key"
    " LEFT JOIN text_message AS heard ON audience_kind = 'message' AND heard.id::text = audience_key"
    " WHERE state = 'queued'"
)
_HELD = " FOR UPDATE OF notification_delivery SKIP LOCKED"


def delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    """Return one that is still to be done; None where it is done, failed, or in other hands."""
    row = conn.execute(_DELIVERY + " AND notification_delivery.id = %s" + _HELD, (delivery_id,)).fetchone()
    return Delivery(**row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifiedTask:
    """Represents the task that a message is about, and the signal that caused it."""

    task_id: UUID
    signal_id: UUID


def notified_tasks(conn: Connection, message_id: UUID) -> list[NotifiedTask]:
    """Return the tasks that a message is about, as far as signals caused them."""
    rows = conn.execute(
        "SELECT task_id, signal_id FROM (SELECT DISTINCT"
        "  CASE WHEN subject_id ~ '^[0-9a-f-]{36}$' THEN subject_id::uuid END AS id FROM notification"
        "  WHERE message_id = %s AND subject_kind = 'task') AS told JOIN task_cause ON task_cause.task_id = told.id"
        " ORDER BY task_id",
        (message_id,),
    )
    return [NotifiedTask(**row) for row in rows]


def collect(conn: Connection, channel: str, *, since: datetime, limit: int, now: datetime) -> list[Delivery]:
    """Return the waiting deliveries of a channel for its gateway, the oldest first, each once; none before `since`."""
    chosen = " AND notification_delivery.channel = %s AND message.created_at >= %s ORDER BY notification_delivery.id"
    chosen += " LIMIT %s"
    rows = conn.execute(_DELIVERY + chosen + _HELD, (channel, since, limit)).fetchall()
    found = [Delivery(**row) for row in rows]
    for one in found:
        end_delivery(conn, one.id, state="sent", error="", due_at=now, now=now)
    return found


def leave_to_collect(conn: Connection, delivery_id: int, *, until: datetime) -> None:
    """Leave a delivery to its gateway, which requests it, until a given time."""
    conn.execute("UPDATE notification_delivery SET due_at = %s WHERE id = %s", (until, delivery_id))


def end_delivery(
    conn: Connection, delivery_id: int, *, state: str, error: str, due_at: datetime, now: datetime
) -> None:
    """Writes how a try went; `queued` again, `sent` or `failed`."""
    conn.execute(
        "UPDATE notification_delivery SET state = %(state)s, attempts = attempts + 1, error = %(error)s, due_at ="
        " %(due)s,"
        " done_at = CASE WHEN %(state)s = 'queued' THEN NULL ELSE %(now)s::timestamptz END WHERE id = %(id)s",
        {"state": state, "error": error[:500], "due": due_at, "now": now, "id": delivery_id},
    )


def deliveries_left_behind(conn: Connection, *, before: datetime, limit: int) -> list[int]:
    """Return those whose time is long past: their job was lost."""
    rows = conn.execute(
        "SELECT id FROM notification_delivery WHERE state = 'queued' AND due_at < %s ORDER BY due_at LIMIT %s",
        (before, limit),
    )
    return [row["id"] for row in rows]


def made_since(conn: Connection, since: datetime) -> int:
    """Return how many notifications were made, other than answers to reporters."""
    row = conn.execute(
        "SELECT count(*) AS n FROM notification WHERE created_at > %s AND audience_kind <> 'reporter'", (since,)
    ).fetchone()
    return int(row["n"]) if row else 0


def storms(conn: Connection, *, limit: int) -> list[StormRow]:
    """Return the newest storms first."""
    rows = conn.execute(
        "SELECT id, began_at, began_by, why, ended_at, ended_by, end_why, hold_until, calm_since FROM"
        " notification_storm"
        " ORDER BY id DESC LIMIT %s",
        (limit,),
    )
    return [StormRow(**row) for row in rows]


def begin_storm(conn: Connection, *, by: str, why: str, hold_until: datetime | None, now: datetime) -> None:
    """A storm begins; nothing where there is one."""
    conn.execute(
        "INSERT INTO notification_storm (began_at, began_by, why, hold_until) VALUES (%s, %s, %s, %s) ON CONFLICT"
        " DO NOTHING",
        (now, by, why, hold_until),
    )


def end_storm(conn: Connection, *, by: str, why: str, hold_until: datetime | None, now: datetime) -> None:
    """Record the end of the storm."""
    conn.execute(
        "UPDATE notification_storm SET ended_at = %s, ended_by = %s, end_why = %s, hold_until = %s WHERE ended_at"
        " IS NULL",
        (now, by, why, hold_until),
    )


def save_calm(conn: Connection, calm_since: datetime | None) -> None:
    """Since when there have been few enough notifications to end the storm."""
    conn.execute("UPDATE notification_storm SET calm_since = %s WHERE ended_at IS NULL", (calm_since,))
