"""Stores what a feed sent and cannot be used, with its bytes and the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.messages import DeadLetter
from siaga_cloud.platform.db.connection import Connection

MAX_DEAD_LETTER_BYTES: Final = 256 * 1024


def topic_of(feed_id: str) -> str:
    """Return the topic under which a feed's dead letters are stored."""
    return f"feed/{feed_id}"


def bury(
    conn: Connection,
    feed_id: str,
    payload: bytes,
    reason: str,
    *,
    now: datetime,
    item_id: str | None = None,
    body_label: str | None = None,
) -> None:
    """Store a dead letter of a feed with its bytes (the beginning of very long ones) and the reason: an item's with its
    identity, or a complete body's with the label of its request.
    """
    if len(payload) > MAX_DEAD_LETTER_BYTES:
        reason = f"{reason} (the first {MAX_DEAD_LETTER_BYTES} of {len(payload)} bytes)"
    dead_letter = DeadLetter(
        node_id=None,
        topic=topic_of(feed_id),
        payload=payload[:MAX_DEAD_LETTER_BYTES],
        reason=reason[:1000],
        outbox_id=None,
        seq=None,
        received_at=now,
        item_id=item_id,
        body_label=body_label,
    )
    messages.bury(conn, [dead_letter])
