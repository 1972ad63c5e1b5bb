"""Serves the inbox of notifications, and the storm that groups them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.notifications.store import inbox as inbox_store
from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.people.auth import Operator, Overseer, Staff
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["notifications"])


class Notification(BaseModel):
    """Describes a message in the inbox. `more` is the number of further notifications in it; `about` lists at most
    100."""

    id: UUID
    at: datetime
    read_at: datetime | None
    priority: Annotated[int, Field(description="1 is most urgent")]
    text_id: Annotated[str, Field(examples=["Tugas baru 12: Banjir di Manggarai. Dan 37 pemberitahuan lain: …"])]
    text_en: Annotated[str, Field(examples=["New task 12: Flood at Manggarai. And 37 more: …"])]
    more: int
    in_storm: bool
    about: list[dict[str, Any]]


class MarkReadResult(BaseModel):
    """Counts the messages that were unread until now."""

    marked: int


class NotificationStorm(BaseModel):
    """Describes a storm of notifications, and who began and ended it: "rate" or an operator."""

    began_at: datetime
    began_by: str
    why: str
    ended_at: datetime | None
    ended_by: str | None
    end_why: str | None


class NotificationStormState(BaseModel):
    """States whether notifications are grouped now, and the outcome of those of the last 24 hours: each heads a
    message, is grouped into one, waits, or failed because its audience is empty.
    """

    storm: bool
    since: datetime | None
    storms: list[NotificationStorm]
    last_day: Annotated[
        dict[str, int],
        Field(examples=[{"made": 500, "sent": 9, "grouped": 491, "waiting": 0, "failed": 0, "messages": 9}]),
    ]


class NotificationStormUpdate(BaseModel):
    """Begins or ends a storm manually; for half an hour afterwards the rate changes nothing."""

    action: Literal["begin", "end"]
    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["Siaga 1 Katulampa"])]


@router.get("/notifications", summary="Your messages, the newest first")
def list_notifications(
    parts: PartsOf,
    staff: Staff,
    unread: Annotated[bool, Query(description="only those not read yet")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[Notification]:
    """The inbox of whoever signs in."""
    with parts.transaction(staff) as conn:
        found = inbox_store.inbox(conn, staff.id, unread=unread, limit=limit)
    return [
        Notification(
            id=one.id,
            at=one.at,
            read_at=one.read_at,
            priority=one.priority,
            text_id=one.text_id,
            text_en=one.text_en,
            more=one.notification_count - 1,
            in_storm=one.in_storm,
            about=one.subjects,
        )
        for one in found
    ]


@router.post("/notifications/read", summary="Mark all your messages as read")
def mark_all_notifications_read(parts: PartsOf, staff: Staff) -> MarkReadResult:
    """Those that come later stay unread."""
    with parts.transaction(staff) as conn:
        return MarkReadResult(marked=inbox_store.mark_read(conn, staff.id, None, now=datetime.now(UTC)))


@router.post("/notifications/{message_id}/read", summary="Mark a message as read")
def mark_notification_read(parts: PartsOf, staff: Staff, message_id: UUID) -> MarkReadResult:
    """A second time changes nothing."""
    with parts.transaction(staff) as conn:
        if not inbox_store.in_inbox(conn, staff.id, message_id):
            raise Problem(404, "notification-not-found", "There is no such message in your inbox", str(message_id))
        return MarkReadResult(marked=inbox_store.mark_read(conn, staff.id, message_id, now=datetime.now(UTC)))


@router.get("/notifications/storm", summary="Whether notices are grouped now (operator, leader)")
def get_notification_storm(parts: PartsOf, overseer: Overseer) -> NotificationStormState:
    """With the last storms and the accounts of a day."""
    with parts.transaction(overseer) as conn:
        storms = db.storms(conn, limit=20)
        accounts = inbox_store.accounts(conn, since=datetime.now(UTC) - timedelta(days=1))
    now = storms[0] if storms and storms[0].ended_at is None else None
    return NotificationStormState(
        storm=now is not None,
        since=now.began_at if now else None,
        storms=[NotificationStorm.model_validate(one, from_attributes=True) for one in storms],
        last_day=accounts,
    )


@router.post("/notifications/storm", summary="Begin or end the grouping by hand (operator)")
def update_notification_storm(
    parts: PartsOf, operator: Operator, wanted: NotificationStormUpdate
) -> NotificationStormState:
    """409 where it is so already."""
    with parts.transaction(operator) as conn:
        notification_sending.command_storm(
            conn, wanted.action, by=operator.id, why=wanted.reason, now=datetime.now(UTC)
        )
    return get_notification_storm(parts, operator)
