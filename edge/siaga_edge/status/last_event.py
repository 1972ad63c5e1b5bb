"""Remembers the newest event with its newest redacted image, for the status page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_edge.events.drafts import EventDraft, EvidenceImage


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEventSummary:
    """An event, and the newest image that may be shown; the image may be of an earlier event."""

    draft: EventDraft | None = None
    evidence: EvidenceImage | None = None


class LastEvent:
    """Receives events once they are stored. An image that was not redacted is never remembered."""

    def __init__(self) -> None:
        self._last = LastEventSummary()

    def note(self, drafts: Sequence[EventDraft]) -> None:
        """Record drafts of events that were stored."""
        for draft in drafts:
            evidence_images = [evidence for evidence in draft.evidence_images if evidence.redacted]
            self._last = LastEventSummary(
                draft=draft, evidence=evidence_images[-1] if evidence_images else self._last.evidence
            )

    def last(self) -> LastEventSummary:
        """Return the event that was stored last."""
        return self._last
