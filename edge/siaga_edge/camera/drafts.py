"""An event as a camera tells it; the node makes a message of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_core.wire.messages import Details, EventState, EvidenceRef, EvidenceRole, Hazard, Place, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePicture:
    """A picture for evidence, people and plates already unrecognisable."""

    role: EvidenceRole
    taken_at: datetime
    jpeg: bytes
    width: int
    height: int

    def ref(self, number: int) -> EvidenceRef:
        """How the event names it, as its picture `number`."""
        digest = hashlib.sha256(self.jpeg).hexdigest()
        return EvidenceRef(number=number, role=self.role, sha256=digest, taken_at=self.taken_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """One revision of an event. `evidence` names all its pictures so far, `pictures` holds the new ones by number."""

    event_id: UUID
    revision: int
    state: EventState
    hazard: Hazard
    zone: str | None
    place: Place
    measured_at: datetime
    began_at: datetime
    ended_at: datetime | None
    confidence: float
    severity: Severity
    details: Details
    evidence: tuple[EvidenceRef, ...] = ()
    pictures: tuple[tuple[int, EvidencePicture], ...] = ()
