"""Fills in what all events of one zone, or of a camera as a whole, have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from siaga_core.wire.messages import Details, EventState, Hazard, Place, Severity, Source, SourceKind
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.settings import CameraSettings, ZoneSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What one draft of an event reports."""

    details: Details
    confidence: float
    severity: Severity
    evidence_images: tuple[EvidenceImage, ...] = ()


@dataclass(slots=True)
class EventDrafter:
    """Drafts the events of one zone (or of the whole camera); remembers when each open one began."""

    camera: CameraSettings
    zone: ZoneSettings | None = None
    _began: dict[str, datetime] = field(default_factory=dict)

    def began(self, key: str, observation: EventFacts, *, at: datetime) -> EventDraft:
        """The first draft of an event."""
        self._began[key] = at
        return self._draft(EventState.BEGAN, key, observation, at)

    def resumed(self, key: str, *, began_at: datetime) -> None:
        """An event that was begun before the agent's last restart."""
        self._began[key] = began_at

    def updated(self, key: str, observation: EventFacts, *, at: datetime) -> EventDraft:
        """A further draft of an open event."""
        return self._draft(EventState.UPDATED, key, observation, at)

    def ended(self, key: str, observation: EventFacts, *, at: datetime, ended_at: datetime) -> EventDraft:
        """The last draft; reported at `at`, over since `ended_at`."""
        draft = self._draft(EventState.ENDED, key, observation, at, ended_at)
        del self._began[key]
        return draft

    def _draft(
        self, state: EventState, key: str, observation: EventFacts, at: datetime, ended_at: datetime | None = None
    ) -> EventDraft:
        place = (self.zone and self.zone.place) or self.camera.place
        return EventDraft(
            key=key,
            state=state,
            hazard=Hazard(observation.details.kind),
            source=Source(kind=SourceKind.CAMERA, id=self.camera.id),
            zone=self.zone.id if self.zone else None,
            place=Place(lat=place.lat, lon=place.lon),
            at=at,
            began_at=self._began[key],
            ended_at=ended_at,
            confidence=round(min(1.0, max(0.0, observation.confidence)), 3),
            severity=observation.severity,
            details=observation.details,
            evidence_images=observation.evidence_images,
        )
