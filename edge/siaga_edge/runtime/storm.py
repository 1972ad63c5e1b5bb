"""Whether a node looks and reports more often: the cloud announced a storm, or a gauge of the node is high."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga_core.wire.messages import Details, EventState, Source, SourceKind, Stage, StageDetails
from siaga_edge.events.drafts import EventDraft
from siaga_edge.gauge.urgency import Urgency

_ALARMING = Stage.SIAGA_3  # and every lower number


class StormWatch:
    """Decides for all cameras of a node; safe from any thread."""

    def __init__(self, *, times_as_often: float = 2.5, calm_after_seconds: float = 1800.0) -> None:
        self._lock = threading.Lock()
        self._times_as_often, self._calm_after = times_as_often, timedelta(seconds=calm_after_seconds)
        self._announced_until: datetime | None = None
        self._high: set[str] = set()
        self._fell_at: datetime | None = None

    def update_settings(self, *, times_as_often: float, calm_after_seconds: float) -> None:
        """Use other settings from now on."""
        with self._lock:
            self._times_as_often, self._calm_after = times_as_often, timedelta(seconds=calm_after_seconds)

    def announce(self, *, until: datetime) -> None:
        """Assume a storm until then, as the cloud commands; a past time ends it. The last command counts."""
        with self._lock:
            self._announced_until = until

    def note(self, drafts: Sequence[EventDraft]) -> None:
        """Take note of events; only stages of gauges count."""
        for draft in drafts:
            self.note_stage(draft.source, draft.details, at=draft.at, over=draft.state is EventState.ENDED)

    def note_stage(self, source: Source, details: Details, *, at: datetime, over: bool = False) -> None:
        """A gauge came to a stage, or back to normal."""
        if source.kind is not SourceKind.GAUGE or not isinstance(details, StageDetails):
            return
        with self._lock:
            if details.stage <= _ALARMING and not over:
                self._high.add(source.id)
            elif source.id in self._high:
                self._high.discard(source.id)
                self._fell_at = at

    def retain_gauges(self, known: Iterable[str]) -> None:
        """Gauges that are gone from the configuration hold no storm up."""
        with self._lock:
            self._high &= set(known)

    def is_on(self, at: datetime) -> bool:
        """Whether there is a storm at this node."""
        with self._lock:
            if self._high or (self._announced_until is not None and at < self._announced_until):
                return True
            return self._fell_at is not None and timedelta(0) <= at - self._fell_at < self._calm_after

    def look_rate_factor(self, at: datetime) -> float:
        """How many times as often as usual cameras look."""
        return self._times_as_often if self.is_on(at) else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StormAnnouncements:
    """Passes a storm that the cloud announces on to cameras and gauges."""

    cameras: StormWatch
    gauges: Urgency

    def announce(self, until: datetime) -> None:
        """Have cameras look and gauges report more often until then."""
        self.cameras.announce(until=until)
        self.gauges.announce(until=until)
