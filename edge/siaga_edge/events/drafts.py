"""Drafts of events, as pipelines and gauges report them, and where they report them to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from siaga_core.wire.messages import (
    Details,
    EventState,
    EvidenceRole,
    Hazard,
    Place,
    Severity,
    Source,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceImage:
    """An image that proves an event, already made fit to be stored."""

    role: EvidenceRole
    taken_at: datetime
    jpeg: bytes = field(repr=False)
    width: int
    height: int
    redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """One step in the life of an event, as a pipeline or gauge reports it.

    `key` names the event within its source while the pipeline runs (say `parking:no-stopping-1:7`): one `began`, any
    number of `updated`, one `ended` with the same key. The event registry adds number, revision and persistence.
    """

    key: str
    state: EventState
    hazard: Hazard
    source: Source
    zone: str | None = None
    place: Place
    at: datetime
    began_at: datetime
    ended_at: datetime | None = None
    confidence: float
    severity: Severity
    details: Details
    evidence_images: tuple[EvidenceImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A step of an event that was stored: the ID that it has from now on, and whether it really began or went on."""

    event_id: UUID
    state: EventState
    draft: EventDraft

    @property
    def source(self) -> Source:
        """The camera or gauge that the event comes from."""
        return self.draft.source

    @property
    def hazard(self) -> Hazard:
        """What the event is about."""
        return self.draft.hazard


class EventSink(Protocol):
    """Where pipelines and gauges report what happens."""

    def report(self, drafts: Sequence[EventDraft]) -> None:
        """Keeps all of them durably before it returns."""
