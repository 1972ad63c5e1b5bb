"""What the outbox needs of its durable store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from siaga_edge.outbox.parcels import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that began and has not ended, as it is stored over a restart; `state` is the registry's own JSON."""

    event_id: str
    state: str


class Store(Protocol):
    """The durable outbox, as the event registry uses it."""

    def save(
        self, parcels: Sequence[Parcel], *, opened: Sequence[OpenEvent] = (), closed: Sequence[str] = ()
    ) -> list[int]:
        """Numbers and stores all or nothing, together with the change of open events; returns the numbers."""

    def open_events(self) -> list[OpenEvent]:
        """Events that were open when the agent last ran, oldest first."""
