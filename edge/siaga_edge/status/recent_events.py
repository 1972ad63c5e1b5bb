"""Remembers the events since the start for the status page, the newest first; an event is one line, however it went."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_core.wire.messages import EventState, Hazard
from siaga_edge.events.drafts import StoredStep

MOST_EVENTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event as it stands now; `ended_at` is None while it goes on."""

    event_id: UUID
    hazard: Hazard
    source_id: str
    zone: str | None
    began_at: datetime
    ended_at: datetime | None


class RecentEvents:
    """Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: OrderedDict[UUID, EventLine] = OrderedDict()

    def note(self, steps: Sequence[StoredStep]) -> None:
        """Record steps of events that were stored."""
        with self._lock:
            for step in steps:
                draft, known = step.draft, self._lines.get(step.event_id)
                self._lines[step.event_id] = EventLine(
                    event_id=step.event_id,
                    hazard=draft.hazard,
                    source_id=draft.source.id,
                    zone=draft.zone,
                    began_at=known.began_at if known else draft.began_at,
                    ended_at=(draft.ended_at or draft.at) if step.state is EventState.ENDED else None,
                )
            while len(self._lines) > MOST_EVENTS:
                self._lines.popitem(last=False)

    def lines(self) -> list[EventLine]:
        """The events, the newest first."""
        with self._lock:
            return list(reversed(self._lines.values()))
