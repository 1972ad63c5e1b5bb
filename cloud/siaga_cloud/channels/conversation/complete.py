"""Processes complaints from feeds and files. Nobody can be questioned about them, so uncertain ones go to an
operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from siaga_cloud.channels.conversation import photos as conversation_photos
from siaga_cloud.channels.conversation import understanding as text_reports
from siaga_cloud.channels.conversation.service import MAX_RAW, DeliveredMessage, IntakeContext
from siaga_cloud.channels.conversation.understanding import TextMessage, understand
from siaga_cloud.channels.store import conversations as text_channels
from siaga_cloud.channels.store.conversations import TextMessageRow
from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store import keys as report_keys
from siaga_cloud.reports.store import reports
from siaga_core.wire.ids import uuid7

Outcome: TypeAlias = Literal["report", "inbox", "repeated"]


def accept_whole(
    conn: Connection, delivered: DeliveredMessage, context: IntakeContext, now: datetime, *, category: str | None = None
) -> Outcome:
    """Takes a complaint once, by its source id. `category`: where the source itself names it.

    With a sure category and a place it is an ordinary report at once; without, an operator reads it.
    """
    message = _timed(delivered.message, now)
    report_keys.lock_key(conn, conversation_photos.turn_of(message.channel, message.source_id))
    is_known = _is_known(conn, message)
    lag = (now - message.received_at).total_seconds()
    connectors.count_success(conn, message.channel, repeated=is_known, lag_seconds=lag, now=now)
    if is_known:
        return "repeated"
    guess = understand(message.text, context.known)
    named = guess.place.best.middle if guess.place.is_sure and guess.place.best else None
    spot, wanted = message.spot or named, category or (guess.category.category if guess.category.is_sure else None)
    conversation_photos.persist(conn, message, source_id=message.source_id, media=context.means.media, now=now)
    _store_message(conn, delivered, message, "file" if wanted and spot else "pass", now)
    if wanted is None or spot is None:
        text_reports.lay_before_operator(conn, message, guess, now)
        return "inbox"
    text_reports.report_message(conn, message, category=wanted, spot=spot, means=context.means, now=now)
    return "report"


def _is_known(conn: Connection, message: TextMessage) -> bool:
    """Messages are stored for a month, reports for good."""
    known = text_channels.message_of(conn, channel=message.channel, source_id=message.source_id)
    return known is not None or (
        reports.by_external_id(conn, channel=message.channel, external_id=message.source_id) is not None
    )


def _timed(message: TextMessage, now: datetime) -> TextMessage:
    """Nothing comes from the future; older things keep their time, however old."""
    return replace(message, received_at=min(message.received_at, now))


def _store_message(
    conn: Connection, delivered: DeliveredMessage, message: TextMessage, outcome: str, now: datetime
) -> None:
    stored_message = TextMessageRow(
        id=uuid7(now),
        channel=message.channel,
        source_id=message.source_id,
        sender=message.sender,
        raw=delivered.raw.replace("\0", "")[:MAX_RAW],
        outcome=outcome,
        reply="",
        sent_at=message.received_at,
        received_at=now,
    )
    text_channels.persist(conn, stored_message)
