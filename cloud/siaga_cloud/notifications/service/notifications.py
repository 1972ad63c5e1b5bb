"""Creates notifications: each is created exactly once, and the worker then plans it into messages.

    notify(conn, to=Audience.agency("dinas-sda"), kind="task_new", subject=Subject(kind="task", id=str(task_id)),
           dedupe=f"task_new/{task_id}", body={"number": 12, ...}, priority=2, category="flooding", now=now)

Call it in the transaction that makes the notification necessary. `dedupe` names the fact: the same fact for the same
audience is stored once, so that asking again after a crash changes nothing. The texts of a kind are in
notifications/texts.py; a kind without one there carries its texts in body["id"] and body["en"].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from siaga_cloud.city.store import policy as policy_store
from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.notifications.store.notifications import NewNotification
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.ids import uuid7

AudienceKind = Literal["user", "role", "agency", "reporter", "subscriber"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Names who receives a notification. The class methods create one."""

    kind: AudienceKind
    key: str

    @classmethod
    def user(cls, user_id: str) -> Self:
        """Return one person who signs in."""
        return cls(kind="user", key=user_id)

    @classmethod
    def role(cls, role: str, area_id: str | None = None) -> Self:
        """Everyone of a role; with an area, those of exactly that area."""
        return cls(kind="role", key=f"{role}@{area_id}" if area_id else role)

    @classmethod
    def agency(cls, agency_id: str) -> Self:
        """Return the officers and the head of an agency."""
        return cls(kind="agency", key=agency_id)

    @classmethod
    def reporter(cls, report_id: UUID) -> Self:
        """Return who sent a report: its status page, and e-mail where an address was given."""
        return cls(kind="reporter", key=str(report_id))

    @classmethod
    def subscriber(cls, subscription_id: UUID | str) -> Self:
        """Return the audience of a subscription, whose address is set by `set_target`."""
        return cls(kind="subscriber", key=str(subscription_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Names what a notification is about: a kind ("task", "incident", "report", "gauge", ...) and an id."""

    kind: str
    id: str


def notify(
    conn: Connection,
    *,
    to: Audience,
    kind: str,
    subject: Subject,
    dedupe: str,
    body: Mapping[str, Any],
    now: datetime,
    priority: int = 3,
    category: str = "",
    area_id: str | None = None,
    due_at: datetime | None = None,
) -> UUID | None:
    """Stores a notification for an audience; its id, None where it was stored before.

    `body`: plain JSON for the texts. `priority`: 1 first, 4 last. `category`, `area_id`: what it is grouped by in a
    storm. `due_at`: not before then.
    """
    notification = NewNotification(
        id=uuid7(now),
        dedupe_key=f"{dedupe}>{to.kind}:{to.key}",
        audience_kind=to.kind,
        audience_key=to.key,
        kind=kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        priority=priority,
        group_key=f"{area_id or ''}/{category}",
        body=body,
        due_at=due_at or now,
        created_at=now,
    )
    return notification.id if db.insert(conn, notification) else None


def set_target(conn: Connection, to: Audience, *, channel: str, address: str) -> None:
    """Notify an audience by a further channel ("email", "webhook", ...) at an address."""
    policy_store.set_target(conn, kind=to.kind, key=to.key, channel=channel, address=address)


def forget_targets(conn: Connection, to: Audience) -> int:
    """Deletes every address of an audience, as a person may ask."""
    return db.forget_targets(conn, kind=to.kind, key=to.key)
