"""The open events of one camera: gives each its id, counts its revisions and numbers its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from siaga_core.wire.messages import MAX_EVIDENCE, Details, EventState, EvidenceRef, Hazard, Place, Severity

from siaga_edge.camera.drafts import EventDraft, EvidencePicture

NewEventId = Callable[[datetime], UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an event says, apart from its id and state."""

    hazard: Hazard
    zone: str | None
    place: Place
    confidence: float
    severity: Severity
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that has not ended."""

    event_id: UUID
    revision: int
    began_at: datetime
    evidence: tuple[EvidenceRef, ...] = ()


@dataclass(slots=True)
class EventLedger:
    """Open events by a key that names what they are about, such as a zone and a spot in it."""

    new_event_id: NewEventId
    open: dict[str, OpenEvent] = field(default_factory=dict)

    def begin(
        self, key: str, finding: Finding, *, at: datetime, pictures: tuple[EvidencePicture, ...] = ()
    ) -> EventDraft:
        """The first revision; a key that is still open goes on instead of beginning twice."""
        if key in self.open:
            return self.update(key, finding, at=at, pictures=pictures)
        self.open[key] = OpenEvent(event_id=self.new_event_id(at), revision=0, began_at=at)
        return self._revised(key, finding, EventState.BEGAN, at=at, ended_at=None, pictures=pictures)

    def update(
        self, key: str, finding: Finding, *, at: datetime, pictures: tuple[EvidencePicture, ...] = ()
    ) -> EventDraft:
        """The next revision of an open event. Pictures beyond what a message may name are left out."""
        room = MAX_EVIDENCE - 1 - len(self.open[key].evidence)  # one is kept for the end
        return self._revised(
            key, finding, EventState.UPDATED, at=at, ended_at=None, pictures=pictures[: max(0, room)]
        )

    def end(
        self,
        key: str,
        finding: Finding,
        *,
        at: datetime,
        ended_at: datetime,
        pictures: tuple[EvidencePicture, ...] = (),
    ) -> EventDraft:
        """The last revision; the key is free again."""
        draft = self._revised(key, finding, EventState.ENDED, at=at, ended_at=ended_at, pictures=pictures)
        del self.open[key]
        return draft

    def restore(self, events: Mapping[str, OpenEvent]) -> None:
        """Takes over the open events of an earlier run."""
        self.open = dict(events)

    def _revised(
        self,
        key: str,
        finding: Finding,
        state: EventState,
        *,
        at: datetime,
        ended_at: datetime | None,
        pictures: tuple[EvidencePicture, ...],
    ) -> EventDraft:
        before = self.open[key]
        numbered = tuple(enumerate(pictures, start=len(before.evidence)))
        refs = (*before.evidence, *(picture.ref(number) for number, picture in numbered))
        now = self.open[key] = replace(before, revision=before.revision + 1, evidence=refs)
        return EventDraft(
            event_id=now.event_id,
            revision=now.revision,
            state=state,
            hazard=finding.hazard,
            zone=finding.zone,
            place=finding.place,
            measured_at=at,
            began_at=now.began_at,
            ended_at=ended_at,
            confidence=finding.confidence,
            severity=finding.severity,
            details=finding.details,
            evidence=refs,
            pictures=numbered,
        )
