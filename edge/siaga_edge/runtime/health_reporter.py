"""When the node reports its health, and what the report holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from siaga_core.wire.messages import OutboxHealth
from siaga_core.wire.parts import CommandHealth, ModelHealth
from siaga_edge.runtime.supervisor import PartSupervisor
from siaga_edge.status.health import HealthFields, health_fields


class HealthSchedule:
    """Any thread may request a report; the housekeeping asks whether one is due."""

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._due_at = monotonic()

    @property
    def interval_seconds(self) -> float:
        """The time from one report to the next."""
        return self._every_seconds

    def request(self) -> None:
        """Have a report sent with the next turn of the housekeeping."""
        self._due_at = monotonic()

    def set_interval(self, every_seconds: float) -> None:
        """Use another interval from now on."""
        self._every_seconds = every_seconds
        self._due_at = min(self._due_at, monotonic() + every_seconds)

    def is_due(self, now: float) -> bool:
        """Return whether a report is due at `now`; if so, schedule the next one."""
        if now < self._due_at:
            return False
        self._due_at = now + self._every_seconds
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReporter:
    """Collects the health of all parts of a node."""

    began_at: datetime
    clock: Callable[[], datetime]
    outbox: Callable[[], OutboxHealth]
    parts: PartSupervisor
    models: Callable[[], Sequence[ModelHealth]] = tuple
    command: Callable[[], CommandHealth | None] = lambda: None
    interval_seconds: Callable[[], float | None] = lambda: None

    def fields(self, *, cpu_share: float | None = None) -> HealthFields:
        """Return the fields of a health message of now."""
        return health_fields(
            now=self.clock(),
            began_at=self.began_at,
            outbox=self.outbox(),
            cameras=self.parts.camera_health(),
            gauges=self.parts.gauge_health(),
            cpu_share=cpu_share,
            models=self.models(),
            command=self.command(),
            interval_seconds=self.interval_seconds(),
        )
