"""Ends events of the agent's last run that nobody has gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from siaga_core.hazards import hazard
from siaga_core.wire.messages import SourceKind
from siaga_edge.outbox.event_registry import Entry, EventRegistry
from siaga_edge.settings import CameraSettings, NodeSettings, ZoneSettings

_VIEW_SECONDS = 15.0
_FLOOD_SECONDS = 120.0
_DWELL_EXTRA_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanPolicy:
    """`seeing_seconds` tells for how long a camera has seen without a break: not seen is not the same as gone."""

    cameras: Mapping[str, CameraSettings]
    gauges: frozenset[str]
    seeing_seconds: Callable[[str], float]

    def is_over(self, entry: Entry) -> bool:
        """Whether nobody can be expected to go on with this event any more."""
        if entry.source.kind is SourceKind.GAUGE:
            return entry.source.id not in self.gauges  # a gauge of ours goes on with its own from the first reading
        camera = self.cameras.get(entry.source.id)
        if camera is None:
            return True
        if entry.zone is None:
            return self._seen(camera, _VIEW_SECONDS)
        zone = next((each for each in camera.zones if each.id == entry.zone), None)
        return zone is None or self._seen(camera, _grace_seconds(entry, zone))

    def _seen(self, camera: CameraSettings, seconds: float) -> bool:
        return self.seeing_seconds(camera.id) > seconds


class OrphanSweep:
    """Ends the orphaned events of a registry that are over by the settings in force; without settings it ends none."""

    def __init__(
        self, registry: EventRegistry, *, seeing_seconds: Callable[[str], float], clock: Callable[[], datetime]
    ) -> None:
        self._registry, self._seeing_seconds, self._clock = registry, seeing_seconds, clock
        self._policy: OrphanPolicy | None = None

    def set_settings(self, settings: NodeSettings) -> None:
        """Judge by these cameras and gauges from now on."""
        self._policy = OrphanPolicy(
            cameras={camera.id: camera for camera in settings.cameras},
            gauges=frozenset(gauge.id for gauge in settings.gauges),
            seeing_seconds=self._seeing_seconds,
        )

    def end_finished(self) -> None:
        """End every orphaned event that nobody can be expected to go on with."""
        if self._policy is not None:
            self._registry.end_orphans(self._policy.is_over, at=self._clock())


def _grace_seconds(entry: Entry, zone: ZoneSettings) -> float:
    if hazard(entry.hazard).zone == "road":
        return _FLOOD_SECONDS
    return 1.5 * zone.allowed_seconds + _DWELL_EXTRA_SECONDS  # it must stay its time again before it is reported again
