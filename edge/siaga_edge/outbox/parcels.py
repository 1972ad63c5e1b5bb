"""What the outbox takes in: a message without its number, with the lane that says what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from siaga_core.wire.looks import LookAnswerMessage
from siaga_core.wire.messages import (
    ConfigMessage,
    Envelope,
    EventMessage,
    EvidenceHeader,
    HealthMessage,
    Reading,
    ReadingsMessage,
)
from siaga_core.wire.topics import UpStream, evidence, up


class Lane(IntEnum):
    """The lower, the sooner it is sent and the later it is given up; alerts are never given up.

    Clips are large and worth the least: they have a budget of their own (`Budget.max_clip_bytes`).
    """

    ALERTS = 0
    EVIDENCE = 1
    READINGS = 2
    HEALTH = 3
    CLIPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message to be: `fields` are all of `model`'s but the envelope's; `blob` follows the JSON line of evidence."""

    lane: Lane
    topic: str
    model: type[Envelope]
    measured_at: datetime
    fields: Mapping[str, object]
    blob: bytes | None = field(default=None, repr=False)


def of_readings(node: str, readings: Sequence[Reading]) -> Parcel:
    """One or more readings, oldest first; the message's time is that of the last."""
    return Parcel(
        lane=Lane.READINGS,
        topic=up(node, UpStream.READINGS),
        model=ReadingsMessage,
        measured_at=readings[-1].measured_at,
        fields={"readings": tuple(readings)},
    )


def of_event(node: str, *, measured_at: datetime, fields: Mapping[str, object]) -> Parcel:
    """Return the parcel of one revision of an event."""
    return Parcel(
        lane=Lane.ALERTS,
        topic=up(node, UpStream.EVENTS),
        model=EventMessage,
        measured_at=measured_at,
        fields=fields,
    )


def of_evidence(
    node: str, event_id: UUID, number: int, *, taken_at: datetime, fields: Mapping[str, object], jpeg: bytes
) -> Parcel:
    """Return the parcel of evidence image `number` of an event."""
    return Parcel(
        lane=Lane.EVIDENCE,
        topic=evidence(node, event_id, number),
        model=EvidenceHeader,
        measured_at=taken_at,
        fields={**fields, "event_id": event_id, "number": number},
        blob=jpeg,
    )


def of_clip(
    node: str, event_id: UUID, number: int, *, at: datetime, fields: Mapping[str, object], content: bytes
) -> Parcel:
    """Return the parcel of an evidence clip, which travels as an evidence image does, in a lane of its own."""
    return Parcel(
        lane=Lane.CLIPS,
        topic=evidence(node, event_id, number),
        model=EvidenceHeader,
        measured_at=at,
        fields={**fields, "event_id": event_id, "number": number},
        blob=content,
    )


def of_answer(node: str, *, at: datetime, fields: Mapping[str, object]) -> Parcel:
    """What a camera saw when it was asked to look again; somebody waits for it."""
    return Parcel(
        lane=Lane.ALERTS, topic=up(node, UpStream.ANSWERS), model=LookAnswerMessage, measured_at=at, fields=fields
    )


def of_config(node: str, *, at: datetime, fields: Mapping[str, object]) -> Parcel:
    """What became of a wanted configuration."""
    return Parcel(
        lane=Lane.READINGS, topic=up(node, UpStream.CONFIG), model=ConfigMessage, measured_at=at, fields=fields
    )


def of_health(node: str, *, at: datetime, fields: Mapping[str, object]) -> Parcel:
    """Return the parcel of a health message."""
    return Parcel(lane=Lane.HEALTH, topic=up(node, UpStream.HEALTH), model=HealthMessage, measured_at=at, fields=fields)
