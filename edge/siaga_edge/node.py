"""The running agent: starts every part, does the housekeeping, and stops all of it within five seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from siaga_core.wire.messages import OutboxHealth
from siaga_edge.camera_runner import CameraRunner
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.gauge.runner import GaugeRunner
from siaga_edge.health import health_fields
from siaga_edge.loops import Loop
from siaga_edge.orphans import OrphanPolicy
from siaga_edge.outbox.event_book import EventBook
from siaga_edge.outbox.parcels import Parcel, of_health
from siaga_edge.outbox.sender import Sender

log = logging.getLogger(__name__)

# Together, with a second for the broker's goodbye, less than the five that a stop may take.
STOP_SECONDS = 2.5
FAREWELL_SECONDS = 3.5
_SENDER_STOP_SECONDS = 0.5
_FAREWELL_LOOK_SECONDS = 0.05
_HOUSEKEEPING_SECONDS = 0.1
_ORPHAN_CHECK_SECONDS = 1.0


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


class Node:
    """All parts of one box. `run` blocks until told to stop."""

    def __init__(
        self,
        name: str,
        *,
        outlet: Outlet,
        book: EventBook,
        batch: ReadingsBatch,
        gauges: Sequence[PolledGauge],
        cameras: Sequence[CameraRunner],
        orphans: OrphanPolicy,
        health_every_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._name, self._clock, self._began_at = name, clock, clock()
        self._outlet, self._book, self._batch = outlet, book, batch
        self._gauges, self._cameras, self._orphans = gauges, cameras, orphans
        self._health_every = health_every_seconds
        self._health_due = self._orphans_due = monotonic()
        self._farewell = threading.Event()
        self._sending = Loop("sender", self._send)
        self._housekeeping = Loop("housekeeping", self._keep_house)
        self._watching = [
            *(self._gauge_loop(gauge) for gauge in gauges),
            *(Loop(f"camera {camera.id}", camera.tick, end=camera.close) for camera in cameras),
        ]

    def run(self, stop: threading.Event) -> None:
        """Starts everything, waits for `stop`, ends everything in the order that loses nothing."""
        self._outlet.connect()
        self._sending.start()
        for camera in self._cameras:
            camera.start()
        for loop in self._watching:
            loop.start()
        self._housekeeping.start()
        try:
            stop.wait()
        finally:
            self._end()

    def _end(self) -> None:
        began = monotonic()
        loops = [*self._watching, self._housekeeping]
        for loop in loops:
            loop.ask_to_stop()
        for loop in loops:
            if not loop.join(began + STOP_SECONDS - monotonic()):
                log.warning("%s did not stop in time", loop.name)
        self._keep_last_readings()
        self._say_farewell(until=began + FAREWELL_SECONDS)
        log.info("stopping: %d messages wait for the cloud", self._outlet.health().waiting)
        self._sending.ask_to_stop()
        self._outlet.sender.wake()
        self._sending.join(_SENDER_STOP_SECONDS)
        self._outlet.disconnect()
        self._outlet.close()

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

        loop = Loop(f"gauge {gauge.runner.id}", poll, end=gauge.runner.close)
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
        self._housekeeping.pause(_HOUSEKEEPING_SECONDS)

    def _tell_health(self) -> None:
        fields = health_fields(
            now=self._clock(),
            began_at=self._began_at,
            outbox=self._outlet.health(),
            cameras=[camera.health() for camera in self._cameras],
            gauges=[gauge.runner.health() for gauge in self._gauges],
        )
        self._outlet.keep([of_health(self._name, at=self._clock(), fields=dict(fields))])
