"""The honest city: nodes that report what their rivers and streets really do, and the moments that matter."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from siaga_core.rules.stage import NORMAL, stage_for
from siaga_sim.actors.wire_node import WireNode
from siaga_sim.siege.ground import Ground
from siaga_sim.siege.plan import STOLEN_NODE, Plan, Rise, Storm

REPORT_SECONDS = 2.0
HEALTH_SECONDS = 10.0
CALM_BELOW_CM = 45.0
STREET_DEPTH_CM = 35.0
CAMERA_CONFIDENCE = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """Something that really happened: a gauge that came to a stage, or a street that a camera saw flooded."""

    kind: str
    id: str
    stage: int
    at: datetime
    is_calm: bool


@dataclass(slots=True, kw_only=True)
class Rivers:
    """Plays both storms through the honest nodes until stopped. `events` holds what has really happened.

    `later_seconds`: how much later than planned the second storm comes, because the attack waited for something.
    """

    plan: Plan
    ground: Ground
    nodes: Mapping[str, WireNode]
    later_seconds: float = 0.0
    events: list[TrueEvent] = field(default_factory=list)
    first_stages: dict[str, int] = field(default_factory=dict)
    _stages: dict[str, int] = field(default_factory=dict)
    _began: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _rises: dict[str, tuple[Rise, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for storm, is_calm in zip(self.plan.storms, (True, False), strict=True):
            self._rises |= {rise.gauge: (rise, is_calm) for rise in storm.rises}

    def start(self) -> None:
        """Begin to report; the time of the run counts from now."""
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="rivers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the reports of all nodes."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def level_cm(self, gauge: str, seconds: float) -> float:
        """The true level of a gauge at a moment of the run."""
        if gauge in self._rises:
            rise, is_calm = self._rises[gauge]
            return rise.level_cm(seconds - (0.0 if is_calm else self.later_seconds))
        return self.ground.gauges[gauge].limits.s3_cm - CALM_BELOW_CM

    def _run(self) -> None:
        due: list[tuple[Storm, bool]] = [(self.plan.storms[0], True), (self.plan.storms[1], False)]
        tick, health_at = 0, 0.0
        while not self._stop.wait(max(0.0, self._began + tick * REPORT_SECONDS - time.monotonic())):
            seconds = time.monotonic() - self._began
            self._report(seconds)
            if seconds >= health_at:
                health_at = seconds + HEALTH_SECONDS
                for node in self._awake():
                    node.send_health()
            while due and seconds >= due[0][0].flooded_at + (0.0 if due[0][1] else self.later_seconds):
                self._flood(*due.pop(0))
            tick += 1

    def _awake(self) -> Sequence[WireNode]:
        """Every node that is still the city's own."""
        return [node for node in self.nodes.values() if node.is_up]

    def _report(self, seconds: float) -> None:
        at = datetime.now(UTC)
        for node in self._awake():
            levels = [(gauge, self.level_cm(gauge, seconds)) for gauge in node.node.gauges]
            if levels:
                node.send_levels(levels, at)
            for gauge, level_cm in levels:
                self._remember(gauge, level_cm, at)

    def _remember(self, gauge: str, level_cm: float, at: datetime) -> None:
        stage = stage_for(round(level_cm, 1), self.ground.gauges[gauge].limits)
        before = self._stages.setdefault(gauge, self.first_stages.setdefault(gauge, stage))
        if stage < before:
            self._stages[gauge] = stage
            is_calm = self._rises[gauge][1]
            self.events.append(TrueEvent(kind="gauge", id=gauge, stage=stage, at=at, is_calm=is_calm))

    def _flood(self, storm: Storm, is_calm: bool) -> None:
        owner = self.ground.owner_of(storm.camera.id)
        node = self.nodes.get(owner or "")
        if node is None or owner == STOLEN_NODE:
            raise LookupError(f"no honest node sees {storm.camera.id}")
        at = datetime.now(UTC)
        node.send_flood(storm.camera.id, storm.camera.place, at, depth_cm=STREET_DEPTH_CM, confidence=CAMERA_CONFIDENCE)
        self.events.append(TrueEvent(kind="camera", id=storm.camera.id, stage=NORMAL, at=at, is_calm=is_calm))
