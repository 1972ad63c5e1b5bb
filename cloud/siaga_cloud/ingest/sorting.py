"""Sorts deliveries into those to store, dead letters and those with a wrong clock; the functions are pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from siaga_cloud.gauges.store.readings import ReadingRow
from siaga_cloud.ingest.fast_readings import QuickReadings, quick_readings
from siaga_cloud.ingest.gauge_rows import rows_of
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.store.messages import DeadLetter, MessageRow, QuarantinedMessage
from siaga_core.wire import codec, topics
from siaga_core.wire.assets import AssetStatesMessage
from siaga_core.wire.errors import WireError
from siaga_core.wire.messages import (
    Envelope,
    EvidenceMessage,
    ReadingsMessage,
    StatusMessage,
)
from siaga_core.wire.views import FrameMessage

# Outside of this a clock is wrong: one of 1970 or 2099 would make stray chunks that nobody ever drops.
MAX_AGE = timedelta(days=30)
MAX_AHEAD = timedelta(hours=1)

MAX_REASON_CHARACTERS = 500

_WITH_READINGS = (QuickReadings, ReadingsMessage)  # the usual one first


# Nodes publish under the same few topics again and again.
_parse_up = lru_cache(maxsize=16_384)(topics.parse_up)


@dataclass(slots=True, kw_only=True)
class AcceptedMessage:
    """Represents a message to store; `readings` are those of gauges."""

    delivery: Delivery
    message: codec.Counted | QuickReadings
    row: MessageRow
    readings: list[ReadingRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableFrame:
    """Represents a live frame that cannot be shown. It does not become a dead letter, because it may show what nobody
    may see.
    """

    reason: str


@dataclass(slots=True, kw_only=True)
class SortedBatch:
    """Holds a sorted batch; every delivery is in exactly one list."""

    accepted: list[AcceptedMessage] = field(default_factory=list)
    statuses: list[StatusMessage] = field(default_factory=list)
    frames: list[FrameMessage] = field(default_factory=list)
    unshown: list[UnusableFrame] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    quarantined: list[QuarantinedMessage] = field(default_factory=list)

    def extend(self, later: SortedBatch) -> None:
        """Append each list of a batch that came later."""
        self.accepted += later.accepted
        self.statuses += later.statuses
        self.frames += later.frames
        self.unshown += later.unshown
        self.dead += later.dead
        self.quarantined += later.quarantined


Item: TypeAlias = AcceptedMessage | StatusMessage | FrameMessage | UnusableFrame | DeadLetter | QuarantinedMessage


def sort(deliveries: Iterable[Delivery]) -> SortedBatch:
    """Sort the deliveries of a batch."""
    found = SortedBatch()
    for delivery in deliveries:
        match sort_one(delivery):
            case AcceptedMessage() as accepted:
                found.accepted.append(accepted)
            case StatusMessage() as status:
                found.statuses.append(status)
            case FrameMessage() as frame:
                found.frames.append(frame)
            case UnusableFrame() as unshown:
                found.unshown.append(unshown)
            case DeadLetter() as undeliverable:
                found.dead.append(undeliverable)
            case quarantined:
                found.quarantined.append(quarantined)
    return found


def sort_one(delivery: Delivery) -> Item:
    """Return what one delivery is. The clock is judged against when it was received."""
    try:
        topic = _parse_up(delivery.topic)
    except WireError as error:
        return dead_letter(delivery, str(error))
    if topic.stream is topics.UpStream.READINGS and len(delivery.payload) <= codec.MAX_PAYLOAD_BYTES:
        quick = quick_readings(topic.node, delivery.payload)
        if quick is not None:
            return _judge(delivery, topic, quick)
    try:
        message = codec.decode_up(topic, delivery.payload)
    except WireError as error:
        if topic.stream is topics.UpStream.FRAMES:
            return UnusableFrame(reason=f"{topic.node}: {error}")
        return dead_letter(delivery, str(error), node=topic.node)
    if isinstance(message, FrameMessage):
        return _timely(message, delivery.received_at)
    if isinstance(message, StatusMessage):
        newest = delivery.received_at + MAX_AHEAD
        if message.at > newest:
            # It would outrank every true status to come.
            return dead_letter(delivery, f"at: got {message.at.isoformat()}, expected at most {newest.isoformat()}")
        return message
    return _judge(delivery, topic, message)


def _timely(frame: FrameMessage, now: datetime) -> FrameMessage | UnusableFrame:
    if abs(frame.header.taken_at - now) <= MAX_AHEAD:
        return frame
    return UnusableFrame(
        reason=f"{frame.header.node}: taken_at: got {frame.header.taken_at.isoformat()}, expected about now"
    )


def dead_letter(delivery: Delivery, reason: str, *, node: str | None = None) -> DeadLetter:
    """Return a delivery as a dead letter, with its outbox and seq if they can be read at all."""
    key = codec.salvage(delivery.payload) if node is not None else None
    return DeadLetter(
        node_id=node,
        topic=delivery.topic,
        payload=delivery.payload,
        reason=reason.replace("\x00", "\ufffd")[:MAX_REASON_CHARACTERS],
        outbox_id=key[0] if key else None,
        seq=key[1] if key else None,
        received_at=delivery.received_at,
    )


def envelope_of(message: codec.Counted | QuickReadings) -> Envelope | QuickReadings:
    """Return the envelope of any counted message."""
    if type(message) is QuickReadings:
        return message
    return message.header if isinstance(message, EvidenceMessage) else message


def _judge(delivery: Delivery, topic: topics.UpTopic, message: codec.Counted | QuickReadings) -> Item:
    envelope = envelope_of(message)
    if isinstance(message, EvidenceMessage) and hashlib.sha256(message.content).hexdigest() != message.header.sha256:
        return dead_letter(delivery, "evidence: sha256 differs from that of the bytes", node=topic.node)
    try:
        readings = rows_of(message, delivery.received_at) if isinstance(message, _WITH_READINGS) else []
        states = message.states if isinstance(message, AssetStatesMessage) else ()
        measured = [row.measured_at for row in readings] + [state.measured_at.astimezone(UTC) for state in states]
        times = [envelope.measured_at.astimezone(UTC), *measured]
    except OverflowError:
        return _quarantined(delivery, envelope, "measured_at: before the year 1 or after 9999")
    wrong = _wrong_clock(times, delivery.received_at)
    if wrong is not None:
        return _quarantined(delivery, envelope, wrong)
    return AcceptedMessage(delivery=delivery, message=message, row=_row(delivery, topic, envelope), readings=readings)


def _wrong_clock(times: Iterable[datetime], now: datetime) -> str | None:
    oldest, newest = now - MAX_AGE, now + MAX_AHEAD
    for at in times:
        if not oldest <= at <= newest:
            return f"measured_at: got {at.isoformat()}, expected {oldest.isoformat()} to {newest.isoformat()}"
    return None


def _quarantined(delivery: Delivery, envelope: Envelope | QuickReadings, reason: str) -> QuarantinedMessage:
    return QuarantinedMessage(
        node_id=envelope.node,
        message_id=envelope.id,
        outbox_id=envelope.outbox_id,
        seq=envelope.seq,
        measured_at=envelope.measured_at,
        topic=delivery.topic,
        payload=delivery.payload,
        reason=reason,
        received_at=delivery.received_at,
    )


def _row(delivery: Delivery, topic: topics.UpTopic, envelope: Envelope | QuickReadings) -> MessageRow:
    # By position, as ingest makes tens of thousands of them a second.
    return MessageRow(
        envelope.id,
        envelope.measured_at,
        topic.node,
        str(topic.stream),
        envelope.outbox_id,
        envelope.seq,
        envelope.sent_at,
        delivery.received_at,
        envelope.late,
        len(delivery.payload),
    )
