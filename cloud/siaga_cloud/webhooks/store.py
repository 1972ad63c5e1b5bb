"""Stores webhooks, their waiting deliveries and those that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery.ports import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """Represents the webhook of another system with the state of its deliveries."""

    id: UUID
    url: str
    kinds: list[str]
    area_id: str | None
    note: str
    created_by: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: str
    queued: int = 0
    dead: int = 0
    last_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Represents something that happened. `kind` is incident.opened and similar; `facts` is what changed."""

    id: int
    kind: str
    subject_id: str
    facts: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Represents what an event is about as the public sees it, and the areas that contain it."""

    data: dict[str, Any]
    area_path: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDelivery:
    """Represents a delivery that this job has locked."""

    id: UUID
    webhook_id: UUID
    kind: str
    body: dict[str, Any]
    attempts: int
    url: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Represents a delivery as a line of a list."""

    id: UUID
    webhook_id: UUID
    event_id: int
    kind: str
    body: dict[str, Any]
    state: str
    attempts: int
    due_at: datetime
    error: str
    created_at: datetime
    done_at: datetime | None
    answer_status: int | None
    answer: str


_LIST = """
SELECT webhook.*, coalesce(held.queued, 0) AS queued, coalesce(held.dead, 0) AS dead, held.last_sent_at FROM webhook
LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
 count(*) FILTER (WHERE state = 'dead') AS dead, max(done_at) FILTER (WHERE state = 'sent') AS last_sent_at
 FROM webhook_delivery WHERE webhook_id = webhook.id) AS held ON true
"""
_DELIVERY = (
    "id, webhook_id, event_id, kind, body, state, attempts, due_at, error, created_at, done_at, answer_status, answer"
)


def every(conn: Connection) -> list[WebhookRow]:
    """Return all of them, the oldest first."""
    return conn.cursor(row_factory=class_row(WebhookRow)).execute(_LIST + " ORDER BY created_at, webhook.id").fetchall()


def one(conn: Connection, webhook_id: UUID) -> WebhookRow | None:
    """Return the webhook of that id."""
    found = conn.cursor(row_factory=class_row(WebhookRow)).execute(_LIST + " WHERE webhook.id = %s", (webhook_id,))
    return found.fetchone()


def add(conn: Connection, new: WebhookRow, *, secret: str) -> None:
    """Stores a new one."""
    conn.execute(
        "INSERT INTO webhook (id, url, kinds, area_id, note, created_by, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (new.id, new.url, new.kinds, new.area_id, new.note, new.created_by, new.created_at),
    )
    set_secret(conn, new.id, secret, now=new.created_at)


def set_secret(conn: Connection, webhook_id: UUID, secret: str, *, now: datetime) -> None:
    """The new one signs from now on, also what waits."""
    # No ON CONFLICT: that would need the right to read a secret.
    done = conn.execute(
        "UPDATE webhook_secret SET secret = %s, made_at = %s WHERE webhook_id = %s", (secret, now, webhook_id)
    )
    if done.rowcount == 0:
        conn.execute("INSERT INTO webhook_secret VALUES (%s, %s, %s)", (webhook_id, secret, now))


def set_active(conn: Connection, webhook_id: UUID, *, active: bool, why: str, now: datetime) -> None:
    """Switches one on or off; what waits stays."""
    conn.execute(
        "UPDATE webhook SET disabled_at = %s, disabled_why = %s WHERE id = %s",
        (None if active else now, "" if active else why, webhook_id),
    )


def remove(conn: Connection, webhook_id: UUID) -> None:
    """With all of its deliveries."""
    conn.execute("DELETE FROM webhook WHERE id = %s", (webhook_id,))


def claim_events(conn: Connection, *, limit: int) -> list[Event]:
    """Return the oldest events, which are nobody else's now; gone from the table when this transaction commits."""
    found = conn.cursor(row_factory=class_row(Event)).execute(
        "DELETE FROM webhook_event WHERE id IN (SELECT id FROM webhook_event ORDER BY id LIMIT %s"
        " FOR UPDATE SKIP LOCKED) RETURNING id, kind, subject_id, facts, at",
        (limit,),
    )
    return sorted(found.fetchall(), key=lambda event: event.id)


def add_delivery(
    conn: Connection,
    *,
    delivery_id: UUID,
    webhook_id: UUID,
    event_id: int,
    kind: str,
    body: Mapping[str, Any],
    dead: str,
    now: datetime,
) -> bool:
    """Stores a delivery; False where this webhook has this event already. `dead`: why it is not even tried."""
    done = conn.execute(
        "INSERT INTO webhook_delivery (id, webhook_id, event_id, kind, body, state, error, due_at, created_at, done_at)"
        " VALUES (%(id)s, %(webhook)s, %(event)s, %(kind)s, %(body)s, %(state)s, %(dead)s, %(now)s, %(now)s,"
        " CASE WHEN %(state)s = 'dead' THEN %(now)s::timestamptz END) ON CONFLICT DO NOTHING",
        {"id": delivery_id, "webhook": webhook_id, "event": event_id, "kind": kind, "body": Jsonb(dict(body)),
         "dead": dead, "now": now, "state": "dead" if dead else "queued"},
    )  # fmt: skip
    return done.rowcount == 1


def hold(conn: Connection, delivery_id: UUID) -> HeldDelivery | None:
    """Return one that still waits, for this transaction alone; None where it is done, in other hands, or switched
    off."""
    found = conn.cursor(row_factory=class_row(HeldDelivery)).execute(
        "SELECT delivery.id, delivery.webhook_id, delivery.kind, delivery.body, delivery.attempts, webhook.url,"
        " webhook_secret.secret FROM webhook_delivery AS delivery JOIN webhook ON webhook.id = delivery.webhook_id"
        " JOIN webhook_secret ON webhook_secret.webhook_id = webhook.id"
        " WHERE delivery.id = %s AND delivery.state = 'queued' AND webhook.disabled_at IS NULL"
        " FOR UPDATE OF delivery SKIP LOCKED",
        (delivery_id,),
    )
    return found.fetchone()


def end_try(
    conn: Connection,
    delivery_id: UUID,
    *,
    state: str,
    error: str,
    answer: Answer | None,
    due_at: datetime,
    now: datetime,
) -> None:
    """How a try went: queued again, sent or dead, and what the other side answered to it."""
    conn.execute(
        "UPDATE webhook_delivery SET state = %(state)s, attempts = attempts + 1, error = %(error)s, due_at = %(due)s,"
        " answer_status = %(status)s, answer = %(answer)s,"
        " done_at = CASE WHEN %(state)s = 'queued' THEN NULL ELSE %(now)s::timestamptz END WHERE id = %(id)s",
        {"state": state, "error": error[:500], "due": due_at, "now": now, "id": delivery_id,
         "status": answer.status if answer else None, "answer": answer.text if answer else ""},
    )  # fmt: skip


def left_behind(conn: Connection, *, before: datetime, limit: int) -> list[UUID]:
    """Return those whose time is long past: their job was lost, or their webhook was switched off for a while."""
    rows = conn.execute(
        "SELECT delivery.id FROM webhook_delivery AS delivery JOIN webhook ON webhook.id = delivery.webhook_id"
        " WHERE delivery.state = 'queued' AND delivery.due_at < %s AND webhook.disabled_at IS NULL"
        " ORDER BY delivery.due_at LIMIT %s",
        (before, limit),
    )
    return [row["id"] for row in rows]


def delivery(conn: Connection, *, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
    """Return a delivery of a webhook."""
    found = conn.cursor(row_factory=class_row(Delivery)).execute(
        f"SELECT {_DELIVERY} FROM webhook_delivery WHERE webhook_id = %s AND id = %s",  # noqa: S608
        (webhook_id, delivery_id),
    )
    return found.fetchone()


def deliveries(conn: Connection, *, webhook_id: UUID | None, state: str | None, limit: int) -> list[Delivery]:
    """List the deliveries of a webhook, the newest first."""
    found = conn.cursor(row_factory=class_row(Delivery)).execute(
        f"SELECT {_DELIVERY} FROM webhook_delivery WHERE (%(webhook)s::uuid IS NULL OR webhook_id = %(webhook)s)"  # noqa: S608
        " AND (%(state)s::text IS NULL OR state = %(state)s) ORDER BY created_at DESC, id LIMIT %(limit)s",
        {"webhook": webhook_id, "state": state, "limit": limit},
    )
    return found.fetchall()


def revive(
    conn: Connection, *, webhook_id: UUID | None, ids: Sequence[UUID] | None, limit: int, now: datetime
) -> list[UUID]:
    """Puts dead deliveries back into the queue, as if never tried; the oldest first. Which ones."""
    rows = conn.execute(
        "UPDATE webhook_delivery SET state = 'queued', attempts = 0, due_at = %(now)s, done_at = NULL WHERE id IN"
        " (SELECT id FROM webhook_delivery WHERE state = 'dead'"
        "  AND (%(webhook)s::uuid IS NULL OR webhook_id = %(webhook)s)"
        "  AND (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s)) ORDER BY event_id LIMIT %(limit)s"
        "  FOR UPDATE SKIP LOCKED) RETURNING id, event_id",
        {"now": now, "webhook": webhook_id, "ids": None if ids is None else list(ids), "limit": limit},
    )
    return [row["id"] for row in sorted(rows, key=lambda row: row["event_id"])]


def forget(conn: Connection, *, before: datetime) -> int:
    """Deletes what was done with long ago."""
    return conn.execute("DELETE FROM webhook_delivery WHERE done_at < %s", (before,)).rowcount


_SUBJECTS: Mapping[str, bytes] = {
    # The *_seen views show the public's form where a transaction acts for nobody.
    "incident": b"SELECT incident.id::text AS key, jsonb_build_object('id', incident.id, 'number', incident.number,"
    b" 'category', incident.category, 'state', incident.state, 'severity', incident.severity, 'confidence',"
    b" round(incident.confidence::numeric, 4), 'lat', incident.lat, 'lon', incident.lon, 'area_id', incident.area_id,"
    b" 'area_name', area.name, 'began_at', incident.began_at, 'over_at', incident.over_at, 'sources', incident.sources,"
    b" 'merged_into', incident.merged_into) AS data, area_path(incident.area_id) AS area_path"
    b" FROM incident_seen AS incident LEFT JOIN area ON area.id = incident.area_id WHERE incident.id::text = ANY (%s)",
    "task": b"SELECT task.id::text AS key, jsonb_build_object('id', task.id, 'number', task.number, 'incident_id',"
    b" task.incident_id, 'category', task.category, 'state', task.state, 'priority', task.priority, 'severity',"
    b" task.severity, 'agency_id', task.agency_id, 'area_id', task.area_id, 'area_name', area.name, 'created_at',"
    b" task.created_at, 'resolve_by', task.resolve_by, 'finished_at', task.finished_at) AS data,"
    b" area_path(task.area_id) AS area_path FROM task_seen AS task LEFT JOIN area ON area.id = task.area_id"
    b" WHERE task.id::text = ANY (%s)",
    "stage": b"SELECT gauge.id AS key, jsonb_build_object('gauge_id', gauge.id, 'name',"
    b" coalesce(nullif(gauge.name, ''), gauge.id), 'river', gauge.river, 'lat', gauge.lat, 'lon', gauge.lon, 'area_id',"
    b" gauge.area_id, 's3_cm', gauge.s3_cm, 's2_cm', gauge.s2_cm, 's1_cm', gauge.s1_cm) AS data,"
    b" area_path(gauge.area_id) AS area_path FROM gauge WHERE gauge.id = ANY (%s)",
}


def subjects(conn: Connection, kind: str, ids: Sequence[str]) -> dict[str, Subject]:
    """Return what events are about, by id, as everybody may see it."""
    rows = conn.execute(_SUBJECTS[kind], (list(ids),))
    return {row["key"]: Subject(data=row["data"], area_path=row["area_path"]) for row in rows}
