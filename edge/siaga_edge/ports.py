"""What the parts of the agent need of one another; adapters and pipelines are made to fit, in main.py only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from siaga_core.wire.messages import (
    Details,
    EventState,
    EvidenceRole,
    Hazard,
    Place,
    Severity,
    Source,
)
from siaga_edge.outbox.parcels import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture that proves an event, already made fit to be stored."""

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
    number of `updated`, one `ended` with the same key. Number, revision and persistence are the event book's business.
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
    shots: tuple[Shot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that began and has not ended, as it is kept over a restart; `state` is the book's own JSON."""

    event_id: str
    state: str


class EventSink(Protocol):
    """Where pipelines and gauges report what happens."""

    def report(self, drafts: Sequence[EventDraft]) -> None:
        """Keeps all of them durably before it returns."""


class Store(Protocol):
    """The durable outbox."""

    def keep(
        self, parcels: Sequence[Parcel], *, opened: Sequence[OpenEvent] = (), closed: Sequence[str] = ()
    ) -> list[int]:
        """Numbers and stores all or nothing, together with the change of open events; returns the numbers."""

    def open_events(self) -> list[OpenEvent]:
        """Events that were open when the agent last ran, oldest first."""
