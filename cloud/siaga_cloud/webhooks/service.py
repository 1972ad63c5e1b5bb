"""Manages webhooks: it subscribes other systems, turns events into deliveries and replays failed ones."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from siaga_cloud.city.store import map as read_city
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery.ports import DeliveryError
from siaga_cloud.platform.delivery.webhook import allowed_place
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.webhooks import store as db
from siaga_cloud.webhooks.store import Delivery, Event, Subject, WebhookRow
from siaga_core.wire.ids import uuid7

MOST_WEBHOOKS: Final = 50
MOST_QUEUED: Final = 10_000
EVENTS_A_TURN: Final = 500
REPLAYED_A_TURN: Final = 1000
LEFT_BEHIND_AFTER: Final = timedelta(minutes=15)
STORED_FIELDS: Final = timedelta(days=30)
PING: Final = "ping"


def subscribe(
    conn: Connection,
    *,
    url: str,
    kinds: Sequence[str],
    area_id: str | None,
    note: str,
    by: str,
    origins: frozenset[str],
    now: datetime,
) -> tuple[WebhookRow, str]:
    """Return a new webhook and its secret, which is shown only this once. Raises InvalidError, ConflictError."""
    try:
        allowed_place(url, origins)
    except DeliveryError as error:
        raise InvalidError(f"url: {error}", code="url_not_allowed") from None
    if area_id is not None and not read_city.area_path(conn, area_id):
        raise InvalidError(f"area_id: there is no area {area_id[:60]!r}", code="area_unknown")
    if len(db.every(conn)) >= MOST_WEBHOOKS:
        raise ConflictError(f"there are {MOST_WEBHOOKS} webhooks already", code="too_many_webhooks", most=MOST_WEBHOOKS)
    made = WebhookRow(
        id=uuid7(now), url=url, kinds=sorted(set(kinds)), area_id=area_id, note=note, created_by=by, created_at=now,
        disabled_at=None, disabled_why="",
    )  # fmt: skip
    secret = secrets.token_urlsafe(32)
    db.add(conn, made, secret=secret)
    return made, secret


def find(conn: Connection, webhook_id: UUID) -> WebhookRow:
    """Return the webhook of that id; raises NotFoundError."""
    found = db.one(conn, webhook_id)
    if found is None:
        raise NotFoundError(f"there is no webhook {webhook_id}", code="webhook_not_found")
    return found


def find_delivery(conn: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery of a webhook; raises NotFoundError."""
    found = db.delivery(conn, webhook_id=webhook_id, delivery_id=delivery_id)
    if found is None:
        raise NotFoundError(f"webhook {webhook_id} has no delivery {delivery_id}", code="delivery_not_found")
    return found


def new_secret(conn: Connection, webhook_id: UUID, *, now: datetime) -> str:
    """Signs from now on; raises NotFoundError."""
    find(conn, webhook_id)
    secret = secrets.token_urlsafe(32)
    db.set_secret(conn, webhook_id, secret, now=now)
    return secret


def ping(conn: Connection, webhook_id: UUID, *, now: datetime) -> UUID:
    """Queue a test delivery, marked as one and without an event; raises NotFoundError, ConflictError."""
    found = find(conn, webhook_id)
    if found.disabled_at is not None:
        raise ConflictError("the webhook is switched off", code="webhook_inactive")
    made = uuid7(now)
    # Events of the city count up from 1.
    number = -int(now.timestamp() * 1_000_000)
    data = {"webhook_id": str(webhook_id)}
    body = {"id": str(made), "type": PING, "test": True, "at": now.isoformat(), "data": data}
    db.add_delivery(
        conn, delivery_id=made, webhook_id=webhook_id, event_id=number, kind=PING, body=body, dead="", now=now
    )
    jobs.defer_webhooks(conn, [made])
    return made


def plan(conn: Connection, *, now: datetime) -> int:
    """Makes deliveries of what happened since; how many. One transaction: a worker that dies in it has done nothing."""
    events = db.claim_events(conn, limit=EVENTS_A_TURN)
    if not events:
        return 0
    webhooks = [one for one in db.every(conn) if one.disabled_at is None]
    room = {one.id: MOST_QUEUED - one.queued for one in webhooks}
    subjects = _subjects(conn, events)
    made: list[UUID] = []
    for event in events:
        subject = subjects.get((_kind(event), event.subject_id))
        if subject is None:
            continue
        for webhook in webhooks:
            if _wants(webhook, event, subject):
                room[webhook.id] -= 1
                made += _deliver(conn, webhook, event, subject, has_room=room[webhook.id] >= 0, now=now)
    jobs.defer_webhooks(conn, made)
    return len(made)


def _deliver(
    conn: Connection, webhook: WebhookRow, event: Event, subject: Subject, *, has_room: bool, now: datetime
) -> list[UUID]:
    delivery_id = uuid7(now)
    added = db.add_delivery(
        conn,
        delivery_id=delivery_id,
        webhook_id=webhook.id,
        event_id=event.id,
        kind=event.kind,
        body=_body(delivery_id, event, subject),
        dead="" if has_room else f"{MOST_QUEUED} deliveries wait already",
        now=now,
    )
    return [delivery_id] if added and has_room else []


def _body(delivery_id: UUID, event: Event, subject: Subject) -> Mapping[str, Any]:
    return {
        "id": str(delivery_id),
        "type": event.kind,
        "at": event.at.isoformat(),
        "sequence": event.id,
        "change": event.facts,
        "data": subject.data,
    }


def _subjects(conn: Connection, events: Sequence[Event]) -> dict[tuple[str, str], Subject]:
    found = {}
    for kind in sorted({_kind(event) for event in events}):
        ids = sorted({event.subject_id for event in events if _kind(event) == kind})
        found.update({(kind, key): subject for key, subject in db.subjects(conn, kind, ids).items()})
    return found


def _kind(event: Event) -> str:
    return event.kind.partition(".")[0]


def _wants(webhook: WebhookRow, event: Event, subject: Subject) -> bool:
    return _kind(event) in webhook.kinds and (webhook.area_id is None or webhook.area_id in subject.area_path)


def pick_up_left_behind(conn: Connection, *, now: datetime) -> int:
    """Queue new jobs for deliveries whose job was lost; return how many."""
    waiting = db.left_behind(conn, before=now - LEFT_BEHIND_AFTER, limit=500)
    jobs.defer_webhooks(conn, waiting)
    return len(waiting)


def replay(
    conn: Connection, *, webhook_id: UUID | None = None, ids: Sequence[UUID] | None = None, now: datetime
) -> int:
    """Sends dead deliveries again, at most 1000 at once, the oldest first; how many."""
    revived = db.revive(conn, webhook_id=webhook_id, ids=ids, limit=REPLAYED_A_TURN, now=now)
    jobs.defer_webhooks(conn, revived)
    return len(revived)


def forget(conn: Connection, *, now: datetime) -> int:
    """Deliveries are stored for 30 days after they were sent or given up."""
    return db.forget(conn, before=now - STORED_FIELDS)
