"""Sends answers to text messages whose gateway accepts none in its response, in the same way as notifications.

A reply is a message for the audience "message", so that the worker delivers it through the port of the channel, retries
it and records the outcome.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.notifications.store import notifications as db
from siaga_cloud.notifications.store.notifications import NewMessage
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.ids import uuid7

PRIORITY: Final = 2


def reply(conn: Connection, to: UUID, *, channel: str, address: str, text: str, now: datetime) -> UUID:
    """Answer a stored message (`to` is its id in text_message) once this transaction commits; return the answer's
    id."""
    message = NewMessage(
        id=uuid7(now),
        audience_kind="message",
        audience_key=str(to),
        priority=PRIORITY,
        text_id=text,
        text_en=text,
        notification_ids=[],
        in_storm=False,
        created_at=now,
    )
    db.save_message(conn, message)
    number = db.save_delivery(conn, message_id=message.id, channel=channel, address=address, now=now)
    jobs.defer_deliveries(conn, [number] if number is not None else [])
    return message.id
