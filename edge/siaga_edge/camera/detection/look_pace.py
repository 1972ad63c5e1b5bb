"""How often a camera's frames are looked at, and how often they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf

from siaga_core.rules.looks import look_budget
from siaga_core.rules.looks.look_budget import LookRate, LookRateWatch
from siaga_edge.settings import CameraSettings

# A parked car and a bag do not move, so a still scene is looked at too; well within the gap that a dwell may have.
HEARTBEAT_SECONDS = 3.0


class LookPace:
    """The interval of one camera's looks: as configured, or shorter where a zone's allowed dwell needs it."""

    def __init__(self, camera: CameraSettings, look_rate_factor: Callable[[datetime], float]) -> None:
        self._camera, self._look_rate_factor = camera, look_rate_factor
        self._needed = [(zone, zone.needed_look_interval) for zone in camera.zones if zone.kind != "road"]
        self._watch = LookRateWatch()
        self._frame_at: datetime | None = None

    def interval(self, at: datetime, *, moving: bool) -> float:
        """Return the seconds from one look to the next."""
        needed = min((interval for zone, interval in self._needed if zone.is_active(at)), default=inf)
        every = min(self._camera.detect_every_seconds / self._look_rate_factor(at), needed)
        return every if moving else max(every, min(HEARTBEAT_SECONDS, needed))

    def note(self, at: datetime, *, interval: float, looked: bool) -> None:
        """Take one frame that could be looked at."""
        before, self._frame_at = self._frame_at, at
        passed = 0.0 if before is None else (at - before).total_seconds()
        self._watch = look_budget.note_frame(
            self._watch,
            at=at,
            passed_seconds=max(0.0, passed),
            interval_seconds=max(interval, self._camera.frame_seconds),
            looked=looked,
        )

    def pause(self) -> None:
        """Nothing could be looked at until the next frame."""
        self._watch, self._frame_at = LookRateWatch(), None

    @property
    def rate(self) -> LookRate | None:
        """The looks of the last seconds; None while they are not known."""
        return self._watch.rate()
