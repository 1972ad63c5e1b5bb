"""Remembers the newest event with its newest redacted picture, for the status page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_edge.events.drafts import EventDraft, EvidenceImage


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEventSummary:
    """An event, and the newest picture that may be shown; the picture may be of an earlier event."""

    draft: EventDraft | None = None
    shot: EvidenceImage | None = None


class LastEvent:
    """Told of events once they are kept. A picture that was not redacted is never remembered."""

    def __init__(self) -> None:
        self._last = LastEventSummary()

    def note(self, drafts: Sequence[EventDraft]) -> None:
        """Record drafts of events that were stored."""
        for draft in drafts:
            shots = [shot for shot in draft.shots if shot.redacted]
            self._last = LastEventSummary(draft=draft, shot=shots[-1] if shots else self._last.shot)

    def last(self) -> LastEventSummary:
        """Return the event that was stored last."""
        return self._last
