"""The figures that the page and /metrics show, taken at the moment of asking."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from siaga_edge.camera.clips.clip_counts import ClipCounts
from siaga_edge.camera.clips.clip_folder import StoredClip
from siaga_edge.fleet.plan import FleetState
from siaga_edge.outbox.refusals import RefusalSummary
from siaga_edge.status.health import CpuMeter, HealthFields
from siaga_edge.status.last_event import LastEventSummary
from siaga_edge.status.live_page import LiveFrames
from siaga_edge.status.recent_events import EventLine
from siaga_edge.status.restart import RestartRequest

_RATE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A node at `at`. `fps` and `inferred_per_second`: of each camera over the last ten seconds, None at first."""

    node: str
    at: datetime
    health: HealthFields
    fps: Mapping[str, float | None]
    inferred_per_second: Mapping[str, float | None]
    latency_seconds: Mapping[str, float | None]
    is_linked: bool
    fleet: FleetState
    last: LastEventSummary
    certificate_ends_at: datetime | None = None
    refused: RefusalSummary = field(default_factory=RefusalSummary)
    clips: Sequence[StoredClip] = ()
    clip_counts: ClipCounts = field(default_factory=ClipCounts)
    events: Sequence[EventLine] = ()
    shown_cameras: Sequence[str] = ()
    restart_token: str | None = None


@dataclass(slots=True, kw_only=True)
class Figures:
    """Collects the figures of a node; safe from any thread."""

    node: str
    health: Callable[..., HealthFields]
    latency_seconds: Callable[[], Mapping[str, float | None]]
    is_linked: Callable[[], bool]
    fleet: Callable[[], FleetState]
    last_event: Callable[[], LastEventSummary]
    clock: Callable[[], datetime]
    certificate_ends_at: Callable[[], datetime | None] = lambda: None
    refused: Callable[[], RefusalSummary] = RefusalSummary
    clips: Callable[[], Sequence[StoredClip]] = tuple
    read_clip: Callable[[str], bytes | None] = lambda _: None
    clip_counts: Callable[[], ClipCounts] = ClipCounts
    events: Callable[[], Sequence[EventLine]] = tuple
    live: LiveFrames | None = None
    restart: RestartRequest | None = None
    _lock: Any = field(default_factory=threading.Lock)
    _cpu: CpuMeter = field(default_factory=CpuMeter)
    _cpu_share: float | None = None
    _counts: deque[tuple[float, dict[str, tuple[int, int]]]] = field(default_factory=lambda: deque(maxlen=32))

    def note(self) -> None:
        """Takes the counts that rates are made of; to be called about once a second."""
        health = self.health()
        counts = {camera.id: (camera.frames, camera.inferred) for camera in health["cameras"]}
        with self._lock:
            self._counts.append((monotonic(), counts))
            while len(self._counts) > 2 and self._counts[-1][0] - self._counts[0][0] > _RATE_SECONDS:
                self._counts.popleft()
            share = self._cpu.share()
            self._cpu_share = self._cpu_share if share is None else share

    def snapshot(self) -> Snapshot:
        """Return the figures of the node as they are now."""
        with self._lock:
            counts, cpu_share = list(self._counts), self._cpu_share
        health = self.health(cpu_share=cpu_share)
        names = [camera.id for camera in health["cameras"]]
        return Snapshot(
            node=self.node,
            at=self.clock(),
            health=health,
            fps={name: _rate(counts, name, 0) for name in names},
            inferred_per_second={name: _rate(counts, name, 1) for name in names},
            latency_seconds=self.latency_seconds(),
            is_linked=self.is_linked(),
            fleet=self.fleet(),
            last=self.last_event(),
            certificate_ends_at=self.certificate_ends_at(),
            refused=self.refused(),
            clips=self.clips(),
            clip_counts=self.clip_counts(),
            events=self.events(),
            shown_cameras=tuple(camera.id for camera in self.live.cameras()) if self.live else (),
            restart_token=self.restart.token if self.restart else None,
        )


def _rate(counts: list[tuple[float, dict[str, tuple[int, int]]]], name: str, which: int) -> float | None:
    known = [(at, held[name][which]) for at, held in counts if name in held]
    if len(known) < 2 or known[-1][0] <= known[0][0]:
        return None
    # A camera that was made anew counts from zero.
    return max(0.0, known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0])
