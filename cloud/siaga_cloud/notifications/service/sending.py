"""Plans notifications into messages, stores them in inboxes, queues other deliveries, and manages the storm."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.policy import CityPolicy
from siaga_cloud.notifications import texts as notification_texts
from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.notifications.store import push as staff_push
from siaga_cloud.notifications.store.notifications import NewMessage, QueuedNotification, StormRow
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.platform.observe import journey
from siaga_core.rules import notifications as rules
from siaga_core.rules.notifications import Bucket, Storm, WaitingNotification
from siaga_core.wire.ids import uuid7

AUDIENCES_A_TURN = 500
NOTIFICATIONS_PER_TURN = 2000
LEFT_BEHIND_AFTER = timedelta(minutes=15)
BY_RATE = "rate"
STAFF_PUSH = "staff_push"

log = logging.getLogger(__name__)


def send_due(conn: Connection, *, now: datetime) -> int:
    """Sends what is due, as much as each audience may get now; how many messages.

    One transaction: a worker that dies in it has sent nothing, and the next one sends the same.
    """
    if not db.plan_alone(conn):
        return 0
    policy = policies.current(conn)
    storm = watch_storm(conn, policy, now=now)
    sent = 0
    for kind, key in db.audiences_waiting(conn, now=now, limit=AUDIENCES_A_TURN):
        sent += _send_to(conn, kind, key, policy, storm=storm.on, now=now)
    return sent


def watch_storm(conn: Connection, policy: CityPolicy, *, now: datetime) -> Storm:
    """Begins or ends the storm by the number of notifications; the storm as it is then."""
    last = next(iter(db.storms(conn, limit=1)), None)
    before = _storm(last, now)
    count = db.made_since(conn, now - timedelta(seconds=policy.storm.window_seconds))
    after = rules.step(before, count, policy.storm, now=now)
    why = f"{count} notifications within {policy.storm.window_seconds:.0f} s"
    if after.on and not before.on:
        log.warning("notification storm began: %s", why)
        db.begin_storm(conn, by=BY_RATE, why=why, hold_until=None, now=now)
    elif before.on and not after.on:
        log.warning("notification storm ended: %s", why)
        db.end_storm(conn, by=BY_RATE, why=why, hold_until=None, now=now)
    elif after.calm_since != before.calm_since:
        db.save_calm(conn, after.calm_since)
    return after


def command_storm(conn: Connection, wanted: Literal["begin", "end"], *, by: str, why: str, now: datetime) -> None:
    """Begin or end the storm for an operator; for a while the rate changes nothing. Raises ConflictError."""
    last = next(iter(db.storms(conn, limit=1)), None)
    is_on = last is not None and last.ended_at is None
    hold_until = now + timedelta(seconds=policies.current(conn).storm.hold_seconds)
    if is_on == (wanted == "begin"):
        raise ConflictError("there is a storm already" if is_on else "there is no storm", code="storm_unchanged")
    act = db.begin_storm if wanted == "begin" else db.end_storm
    act(conn, by=by, why=why, hold_until=hold_until, now=now)


def pick_up_deliveries(conn: Connection, *, now: datetime) -> int:
    """Queue new jobs for deliveries whose job was lost; return how many."""
    waiting = db.deliveries_left_behind(conn, before=now - LEFT_BEHIND_AFTER, limit=500)
    jobs.defer_deliveries(conn, waiting)
    return len(waiting)


def _storm(last: StormRow | None, now: datetime) -> Storm:
    if last is None:
        return Storm(on=False, since=now)
    on = last.ended_at is None
    return Storm(
        on=on,
        since=last.began_at if on else last.ended_at or now,
        calm_since=last.calm_since if on else None,
        hold_until=last.hold_until,
    )


def _send_to(conn: Connection, kind: str, key: str, policy: CityPolicy, *, storm: bool, now: datetime) -> int:
    queued = {str(one.id): one for one in db.waiting_of(conn, kind, key, now=now, limit=NOTIFICATIONS_PER_TURN)}
    held = db.bucket(conn, kind, key)
    bucket = Bucket(tokens=held[0], at=held[1]) if held else rules.full(policy.pace, now)
    waiting = [
        WaitingNotification(id=name, group=one.group_key, priority=one.priority, due_at=one.due_at)
        for name, one in queued.items()
    ]
    plan = rules.plan(waiting, bucket, policy.pace, storm=storm, now=now)
    for message in plan.messages:
        _send(conn, kind, key, [queued[one.id] for one in message.notifications], storm=storm, now=now)
    if plan.messages:
        db.save_bucket(conn, kind, key, tokens=plan.bucket.tokens, at=plan.bucket.at)
    return len(plan.messages)


def _send(
    conn: Connection, kind: str, key: str, notifications: Sequence[QueuedNotification], *, storm: bool, now: datetime
) -> None:
    areas = sorted({one.group_key.partition("/")[0] for one in notifications})
    people = db.people_of(conn, kind, key, areas)
    addresses = db.targets(conn, kind, key)
    if not people and (kind == "role" or (kind == "agency" and not addresses)):
        # An office that nobody holds, an agency that nobody serves there: the control room must know.
        people = db.people_of(conn, "role", "operator", areas)
    ids = [one.id for one in notifications]
    if not people and not addresses and kind != "reporter":
        log.warning("%d notifications for %s %s have no recipient", len(ids), kind, key)
        db.fail(conn, ids, now=now)
        return
    message = _message(kind, key, notifications, storm=storm, now=now)
    db.save_message(conn, message)
    db.save_texts(conn, {one.id: (_text(one, "id"), _text(one, "en")) for one in notifications})
    db.put_in_inboxes(conn, message.id, people, now=now)
    browsers = [(STAFF_PUSH, str(one)) for one in staff_push.ids_of(conn, people)]
    _request_delivery(conn, message.id, [*addresses, *browsers], now=now)
    _note(conn, message, people=len(people), addresses=len(addresses))


def _note(conn: Connection, message: NewMessage, *, people: int, addresses: int) -> None:
    """Log the message under each event that it is about, so that the log and the traces contain it."""
    for notified in db.notified_tasks(conn, message.id):
        key, task, about = f"{message.id} {notified.task_id}", str(notified.task_id), str(message.id)
        with journey.step("notify", notified.signal_id, key, after=("task", task), task=task, message_id=about):
            reached = {"to": message.audience_kind, "inboxes": people, "addresses": addresses}
            log.info("notification sent", extra={"task": task, "message_id": about, **reached})


def _request_delivery(
    conn: Connection, message_id: UUID, addresses: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    made = [
        db.save_delivery(conn, message_id=message_id, channel=channel, address=address, now=now)
        for channel, address in addresses
    ]
    jobs.defer_deliveries(conn, [number for number in made if number is not None])


def _message(
    kind: str, key: str, notifications: Sequence[QueuedNotification], *, storm: bool, now: datetime
) -> NewMessage:
    return NewMessage(
        id=uuid7(now),
        audience_kind=kind,
        audience_key=key,
        priority=notifications[0].priority,
        text_id=_together(notifications, "id"),
        text_en=_together(notifications, "en"),
        notification_ids=[one.id for one in notifications],
        in_storm=storm,
        created_at=now,
    )


def _together(notifications: Sequence[QueuedNotification], language: Literal["id", "en"]) -> str:
    first = _text(notifications[0], language)
    if len(notifications) == 1:
        return first
    others = Counter(notification_texts.label(one.body, language) for one in notifications[1:])
    return notification_texts.grouped(first, others, language)


def _text(notification: QueuedNotification, language: Literal["id", "en"]) -> str:
    return notification_texts.text(notification.kind, notification.body, language)
