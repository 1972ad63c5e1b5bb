"""The cameras and gauges that run on a node, each in a loop of its own; they can be replaced while the node runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Protocol

from siaga_core.wire.messages import CameraHealth, GaugeHealth, Source, SourceKind
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.gauge.runner import GaugeRunner
from siaga_edge.platform.loop import Loop

log = logging.getLogger(__name__)

_PUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledGauge:
    """A gauge and how often it is polled."""

    runner: GaugeRunner
    every_seconds: float


class OrphanRegistry(Protocol):
    """Where events wait for whoever goes on with them."""

    def orphan(self, source: Source) -> None:
        """Release the open events of a source that ended or is replaced."""


class PartSupervisor:
    """Parts are added before `start`; `put_camera` and `put_gauge` replace them while they run."""

    def __init__(self, registry: OrphanRegistry, *, clock: Callable[[], datetime]) -> None:
        self._registry, self._clock = registry, clock
        self._cameras: dict[str, CameraRunner] = {}
        self._gauges: dict[str, PolledGauge] = {}
        self._loops: dict[str, Loop] = {}

    # --- before the node runs ------------------------------------------------------------------------------------

    def add_camera(self, runner: CameraRunner) -> Loop:
        """Register a camera without starting it; returns its loop."""
        self._cameras = {**self._cameras, runner.id: runner}
        return self._add_loop(Loop(f"camera {runner.id}", runner.tick, end=runner.close))

    def add_gauge(self, gauge: PolledGauge) -> Loop:
        """Register a gauge without starting it; returns its loop."""
        self._gauges = {**self._gauges, gauge.runner.id: gauge}
        return self._add_loop(self._gauge_loop(gauge))

    def start(self) -> None:
        """Start every camera and gauge that was added."""
        for camera in self._cameras.values():
            camera.start()
        for loop in self._loops.values():
            loop.start()

    # --- while it runs -------------------------------------------------------------------------------------------

    @property
    def loops(self) -> Sequence[Loop]:
        """The loops of all cameras and gauges."""
        return tuple(self._loops.values())

    def camera(self, camera_id: str) -> CameraRunner:
        """Return a camera that runs; raises KeyError where there is none."""
        return self._cameras[camera_id]

    def gauge(self, gauge_id: str) -> GaugeRunner:
        """Return a gauge that runs; raises KeyError where there is none."""
        return self._gauges[gauge_id].runner

    def seeing_seconds(self, camera_id: str) -> float:
        """Return for how long a camera has seen without a break; 0 for one that is not there."""
        camera = self._cameras.get(camera_id)
        return camera.seeing_seconds(self._clock()) if camera else 0.0

    def put_camera(self, camera_id: str, runner: CameraRunner | None) -> None:
        """End the camera of that id, orphan its events, and start the one that is given, if any."""
        self._end_loop(f"camera {camera_id}")
        self._registry.orphan(Source(kind=SourceKind.CAMERA, id=camera_id))
        self._cameras = {name: each for name, each in self._cameras.items() if name != camera_id}
        if runner is not None:
            loop = self.add_camera(runner)
            runner.start()
            loop.start()

    def put_gauge(self, gauge_id: str, make: Callable[[], PolledGauge] | None) -> None:
        """End the gauge of that id, orphan its events, and start the one that is then made to go on with them."""
        self._end_loop(f"gauge {gauge_id}")
        self._registry.orphan(Source(kind=SourceKind.GAUGE, id=gauge_id))
        self._gauges = {name: each for name, each in self._gauges.items() if name != gauge_id}
        if make is not None:
            self.add_gauge(make()).start()

    def errors(self, name: str) -> int:
        """Return how often `camera x` or `gauge y` failed since it began."""
        return self._loops[name].errors

    def camera_health(self) -> list[CameraHealth]:
        """Return the health of every camera."""
        return [camera.health() for camera in self._cameras.values()]

    def gauge_health(self) -> list[GaugeHealth]:
        """Return the health of every gauge."""
        return [gauge.runner.health() for gauge in self._gauges.values()]

    def latency_seconds(self) -> dict[str, float | None]:
        """Return for each camera the time from its last frame to the end of that frame's look."""
        return {name: camera.latency_seconds for name, camera in self._cameras.items()}

    def _add_loop(self, loop: Loop) -> Loop:
        self._loops = {**self._loops, loop.name: loop}
        return loop

    def _end_loop(self, name: str) -> None:
        loop = self._loops.get(name)
        if loop is None:
            return
        self._loops = {other: each for other, each in self._loops.items() if other != name}
        loop.request_stop()
        if not loop.join(_PUT_SECONDS):
            log.warning("%s did not stop in time", name)

    def _gauge_loop(self, gauge: PolledGauge) -> Loop:
        def poll() -> None:
            began = monotonic()
            gauge.runner.poll(self._clock())
            loop.pause(max(0.0, gauge.every_seconds - (monotonic() - began)))

        loop = Loop(f"gauge {gauge.runner.id}", poll, end=gauge.runner.close, rest_seconds=gauge.every_seconds)
        return loop
