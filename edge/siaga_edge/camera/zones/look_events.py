"""Reports that a zone is looked at too seldom to decide anything about it."""

from __future__ import annotations

from datetime import datetime

from siaga_core.rules.looks import look_budget
from siaga_core.rules.looks.look_budget import LookWatch
from siaga_core.wire.messages import Severity, ViewDetails
from siaga_edge.camera.zones.event_drafts import EventDrafter, EventFacts
from siaga_edge.events.drafts import EventDraft


class LookEvents:
    """The looks at one zone; `gap_seconds` apart they are too few."""

    def __init__(self, drafter: EventDrafter, key: str, *, gap_seconds: float) -> None:
        self._drafter, self._key, self.gap_seconds = drafter, key, gap_seconds
        self._watch = LookWatch()

    def step(self, at: datetime, *, is_after_loss: bool) -> list[EventDraft]:
        """Takes one look and returns what changed."""
        watch = self._watch.resumed() if is_after_loss else self._watch
        self._watch, change = look_budget.step(watch, at=at, gap_seconds=self.gap_seconds)
        if change == "slow":
            return [self._drafter.began(self._key, _TOO_SLOW, at=at)]
        return [self._drafter.ended(self._key, _TOO_SLOW, at=at, ended_at=at)] if change == "steady" else []

    @property
    def slow_since(self) -> datetime | None:
        """Since when there are too few looks; None while there are enough."""
        return self._watch.slow_since if self._watch.is_slow else None

    def rest(self, at: datetime) -> list[EventDraft]:
        """The zone is not watched now, so that nothing of it is unknown; returns what changed by that."""
        was_slow, self._watch = self._watch.is_slow, LookWatch()
        return [self._drafter.ended(self._key, _TOO_SLOW, at=at, ended_at=at)] if was_slow else []

    def pause(self) -> None:
        """Nobody has to look until the next look."""
        self._watch = self._watch.resumed()


_TOO_SLOW = EventFacts(details=ViewDetails(reason="too_slow"), confidence=1.0, severity=Severity.MINOR)
