"""The running agent: starts every part, does the housekeeping, and stops all of it within five seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from siaga_core.wire.messages import OutboxHealth, Source, SourceKind
from siaga_core.wire.parts import CommandHealth, ModelHealth
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.runner import GaugeRunner
from siaga_edge.outbox.event_registry import EventRegistry
from siaga_edge.outbox.parcels import Parcel, of_health
from siaga_edge.outbox.sender import Sender
from siaga_edge.platform.loop import Loop
from siaga_edge.runtime.orphans import OrphanPolicy
from siaga_edge.status.health import CpuMeter, HealthFields, give_back_memory, health_fields

log = logging.getLogger(__name__)

# Together, with a second for the broker's goodbye, less than the five that a stop may take.
STOP_SECONDS = 2.5
FAREWELL_SECONDS = 3.5
_SENDER_STOP_SECONDS = 0.5
_FAREWELL_LOOK_SECONDS = 0.05
_HOUSEKEEPING_SECONDS = 0.1
_ORPHAN_CHECK_SECONDS = 1.0
_PUT_SECONDS = 5.0
_STUCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """The way out: where messages are kept, and what sends them."""

    keep: Callable[[Sequence[Parcel]], object]
    health: Callable[[], OutboxHealth]
    sender: Sender
    connect: Callable[[], None]
    disconnect: Callable[[], None]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledGauge:
    """A gauge and how often it is asked."""

    runner: GaugeRunner
    every_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SideServices:
    """What runs beside cameras and gauges, and what is said of it."""

    loops: Sequence[Loop] = ()
    models: Callable[[], Sequence[ModelHealth]] = tuple
    command: Callable[[], CommandHealth | None] = lambda: None
    on_alive: Callable[[], None] = lambda: None
    on_running: Callable[[], None] = lambda: None
    on_stopping: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


class Node:
    """All parts of one box. `run` blocks until told to stop."""

    def __init__(
        self,
        name: str,
        *,
        outlet: Outlet,
        book: EventRegistry,
        batch: ReadingsBatch,
        gauges: Sequence[PolledGauge],
        cameras: Sequence[CameraRunner],
        orphans: OrphanPolicy,
        health_every_seconds: float,
        clock: Callable[[], datetime],
        stuck_after_seconds: float = _STUCK_SECONDS,
    ) -> None:
        self._name, self._clock, self._began_at = name, clock, clock()
        self._stuck_after, self._told_stuck = stuck_after_seconds, False
        self._outlet, self._book, self._batch = outlet, book, batch
        self._gauges = {gauge.runner.id: gauge for gauge in gauges}
        self._cameras = {camera.id: camera for camera in cameras}
        self._orphans, self._beside, self._cpu = orphans, SideServices(), CpuMeter()
        self._health_every = health_every_seconds
        self._health_due = self._orphans_due = monotonic()
        self._farewell = threading.Event()
        self._sending = Loop("sender", self._send)
        self._housekeeping = Loop("housekeeping", self._keep_house)
        loops = [*(self._gauge_loop(gauge) for gauge in gauges), *(_camera_loop(camera) for camera in cameras)]
        self._watching = {loop.name: loop for loop in loops}

    def put_beside(self, beside: SideServices) -> None:
        """Before `run`: what else there is."""
        self._beside = beside

    def run(self, stop: threading.Event) -> None:
        """Starts everything, waits for `stop`, ends everything in the order that loses nothing."""
        self._outlet.connect()
        self._sending.start()
        for camera in self._cameras.values():
            camera.start()
        for loop in [*self._watching.values(), *self._beside.loops]:
            loop.start()
        self._housekeeping.start()
        self._beside.on_running()
        try:
            stop.wait()
        finally:
            self._end()

    def _end(self) -> None:
        began = monotonic()
        self._beside.on_stopping()
        loops = [*self._beside.loops, *self._watching.values(), self._housekeeping]
        for loop in loops:
            loop.ask_to_stop()
        for loop in loops:
            if not loop.join(began + STOP_SECONDS - monotonic()):
                log.warning("%s did not stop in time", loop.name)
        self._beside.close()
        self._keep_last_readings()
        self._say_farewell(until=began + FAREWELL_SECONDS)
        log.info("stopping: %d messages wait for the cloud", self._outlet.health().waiting)
        self._sending.ask_to_stop()
        self._outlet.sender.wake()
        self._sending.join(_SENDER_STOP_SECONDS)
        self._outlet.disconnect()
        self._outlet.close()

    # --- changed while it runs -----------------------------------------------------------------------------------

    def camera(self, camera_id: str) -> CameraRunner:
        """One that runs; KeyError where there is none."""
        return self._cameras[camera_id]

    def gauge(self, gauge_id: str) -> GaugeRunner:
        """One that runs; KeyError where there is none."""
        return self._gauges[gauge_id].runner

    def seeing_seconds(self, camera_id: str) -> float:
        """For how long a camera has seen without a break; 0 for one that is not there."""
        camera = self._cameras.get(camera_id)
        return camera.seeing_seconds(self._clock()) if camera else 0.0

    def put_camera(self, camera_id: str, runner: CameraRunner | None) -> None:
        """Ends the one of that id, orphans its events, and starts this one."""
        self._end_loop(f"camera {camera_id}")
        self._book.orphan(Source(kind=SourceKind.CAMERA, id=camera_id))
        self._cameras = {name: each for name, each in self._cameras.items() if name != camera_id}
        if runner is not None:
            self._cameras = {**self._cameras, camera_id: runner}
            runner.start()
            self._begin_loop(_camera_loop(runner))

    def put_gauge(self, gauge_id: str, make: Callable[[], PolledGauge] | None) -> None:
        """Ends the one of that id, orphans its events, and starts the one that is made then, to go on with them."""
        self._end_loop(f"gauge {gauge_id}")
        self._book.orphan(Source(kind=SourceKind.GAUGE, id=gauge_id))
        self._gauges = {name: each for name, each in self._gauges.items() if name != gauge_id}
        if make is not None:
            gauge = make()
            self._gauges = {**self._gauges, gauge_id: gauge}
            self._begin_loop(self._gauge_loop(gauge))

    def retell(self, *, orphans: OrphanPolicy, health_every_seconds: float) -> None:
        """Other rules count from now on."""
        self._orphans, self._health_every = orphans, health_every_seconds
        self._health_due = min(self._health_due, monotonic() + health_every_seconds)

    def errors(self, name: str) -> int:
        """How often `camera x` or `gauge y` failed since it began."""
        return self._watching[name].errors

    def tell_health_soon(self) -> None:
        """With the next turn of the housekeeping."""
        self._health_due = monotonic()

    def _end_loop(self, name: str) -> None:
        loop = self._watching.get(name)
        if loop is None:
            return
        self._watching = {other: each for other, each in self._watching.items() if other != name}
        loop.ask_to_stop()
        if not loop.join(_PUT_SECONDS):
            log.warning("%s did not stop in time", name)

    def _begin_loop(self, loop: Loop) -> None:
        self._watching = {**self._watching, loop.name: loop}
        loop.start()

    # --- the last words ------------------------------------------------------------------------------------------

    def _keep_last_readings(self) -> None:
        try:
            self._batch.flush(now=monotonic())
        except Exception:  # the edge of the last loop: what follows must be closed all the same
            log.exception("the last readings could not be kept")

    def _say_farewell(self, *, until: float) -> None:
        # What is acknowledged now need not wait for the next start; what is not is safe where it lies.
        while self._outlet.sender.is_linked() and self._outlet.health().waiting and monotonic() < until:
            self._outlet.sender.wake()
            self._farewell.wait(_FAREWELL_LOOK_SECONDS)

    def _gauge_loop(self, gauge: PolledGauge) -> Loop:
        def poll() -> None:
            began = monotonic()
            gauge.runner.poll(self._clock())
            loop.pause(max(0.0, gauge.every_seconds - (monotonic() - began)))

        loop = Loop(f"gauge {gauge.runner.id}", poll, end=gauge.runner.close, rest_seconds=gauge.every_seconds)
        return loop

    def _send(self) -> None:
        if not self._outlet.sender.tick():
            self._outlet.sender.wait()

    def _keep_house(self) -> None:
        now = monotonic()
        due_in = self._batch.due_in(now)
        if due_in is not None and due_in <= 0:
            self._batch.flush(now=now)
        if now >= self._orphans_due:
            self._orphans_due = now + _ORPHAN_CHECK_SECONDS
            self._book.end_orphans(self._orphans.is_over, at=self._clock())
        if now >= self._health_due:
            self._health_due = now + self._health_every
            self._tell_health()
        if not self._is_stuck():
            self._beside.on_alive()
        self._housekeeping.pause(_HOUSEKEEPING_SECONDS)

    def _is_stuck(self) -> bool:
        """Whether a camera, a gauge or the way to the cloud hangs, so that only a new start helps; told once."""
        loops = [*self._watching.values(), self._sending]
        hanging = [loop.name for loop in loops if loop.is_stuck(after_seconds=self._stuck_after)]
        if hanging and not self._told_stuck:
            log.critical("%s: hangs; the watchdog is not told any more that this box lives", ", ".join(hanging))
        self._told_stuck = bool(hanging)
        return bool(hanging)

    def health(self, *, cpu_share: float | None = None) -> HealthFields:
        """How the node is now."""
        return health_fields(
            now=self._clock(),
            began_at=self._began_at,
            outbox=self._outlet.health(),
            cameras=[camera.health() for camera in self._cameras.values()],
            gauges=[gauge.runner.health() for gauge in self._gauges.values()],
            cpu_share=cpu_share,
            models=self._beside.models(),
            command=self._beside.command(),
        )

    def latency_seconds(self) -> dict[str, float | None]:
        """For each camera, from the last frame's time to the end of its look."""
        return {name: camera.latency_seconds for name, camera in self._cameras.items()}

    def is_linked(self) -> bool:
        """Whether the broker can be reached at this moment."""
        return self._outlet.sender.is_linked()

    def _tell_health(self) -> None:
        give_back_memory()
        fields = self.health(cpu_share=self._cpu.share())
        self._outlet.keep([of_health(self._name, at=self._clock(), fields=dict(fields))])


def _camera_loop(camera: CameraRunner) -> Loop:
    return Loop(f"camera {camera.id}", camera.tick, end=camera.close)
