"""The running agent: starts every part, does the housekeeping, and stops all of it within five seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from siaga_core.wire.messages import OutboxHealth
from siaga_edge.gauge.batch import ReadingsBatch
from siaga_edge.outbox.parcels import Parcel, of_health
from siaga_edge.outbox.sender import Sender
from siaga_edge.platform.loop import Loop
from siaga_edge.runtime.health_reporter import HealthReporter, HealthSchedule
from siaga_edge.runtime.orphans import OrphanSweep
from siaga_edge.runtime.supervisor import PartSupervisor
from siaga_edge.status.health import CpuMeter, give_back_memory

log = logging.getLogger(__name__)

# Together, with a second for the broker's goodbye, less than the five that a stop may take.
STOP_SECONDS = 2.5
FAREWELL_SECONDS = 3.5
_SENDER_STOP_SECONDS = 0.5
_FAREWELL_LOOK_SECONDS = 0.05
_HOUSEKEEPING_SECONDS = 0.1
_ORPHAN_CHECK_SECONDS = 1.0
_STUCK_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Where messages are stored, and what sends them."""

    save: Callable[[Sequence[Parcel]], object]
    health: Callable[[], OutboxHealth]
    sender: Sender
    connect: Callable[[], None]
    disconnect: Callable[[], None]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideServices:
    """What runs beside cameras and gauges: the fleet agent, the status page, and messages to systemd."""

    loops: Sequence[Loop] = ()
    on_alive: Callable[[], None] = lambda: None
    on_running: Callable[[], None] = lambda: None
    on_stopping: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


class Node:
    """All parts of one node. `run` blocks until it is stopped."""

    def __init__(
        self,
        name: str,
        *,
        outlet: Outlet,
        batch: ReadingsBatch,
        parts: PartSupervisor,
        orphans: OrphanSweep,
        health: HealthReporter,
        schedule: HealthSchedule,
        services: SideServices,
        clock: Callable[[], datetime],
        stuck_after_seconds: float = _STUCK_SECONDS,
    ) -> None:
        self._name, self._clock = name, clock
        self._stuck_after, self._reported_stuck = stuck_after_seconds, False
        self._outlet, self._batch, self._parts, self._services = outlet, batch, parts, services
        self._health, self._schedule, self._cpu = health, schedule, CpuMeter()
        self._orphans, self._orphans_due = orphans, monotonic()
        self._farewell = threading.Event()
        self._sending = Loop("sender", self._send)
        self._housekeeping = Loop("housekeeping", self._run_housekeeping)

    def run(self, stop: threading.Event) -> None:
        """Start everything, wait for `stop`, and end everything in the order that loses nothing."""
        self._outlet.connect()
        self._sending.start()
        self._parts.start()
        for loop in self._services.loops:
            loop.start()
        self._housekeeping.start()
        self._services.on_running()
        try:
            stop.wait()
        finally:
            self._end()

    def _end(self) -> None:
        began = monotonic()
        self._services.on_stopping()
        self._stop_loops(until=began + STOP_SECONDS)
        self._services.close()
        self._store_last_readings()
        self._send_farewell(until=began + FAREWELL_SECONDS)
        log.info("stopping with %d messages waiting for the cloud", self._outlet.health().waiting)
        self._sending.request_stop()
        self._outlet.sender.wake()
        self._sending.join(_SENDER_STOP_SECONDS)
        self._outlet.disconnect()
        self._outlet.close()

    def _stop_loops(self, *, until: float) -> None:
        loops = [*self._services.loops, *self._parts.loops, self._housekeeping]
        for loop in loops:
            loop.request_stop()
        for loop in loops:
            if not loop.join(until - monotonic()):
                log.warning("%s did not stop in time", loop.name)

    # --- the last words ------------------------------------------------------------------------------------------

    def _store_last_readings(self) -> None:
        try:
            self._batch.flush(now=monotonic())
        except Exception:  # the edge of the last loop: what follows must be closed all the same
            log.exception("the last readings could not be stored")

    def _send_farewell(self, *, until: float) -> None:
        # What is acknowledged now need not wait for the next start; what is not is safe where it lies.
        while self._outlet.sender.is_linked() and self._outlet.health().waiting and monotonic() < until:
            self._outlet.sender.wake()
            self._farewell.wait(_FAREWELL_LOOK_SECONDS)

    # --- loops ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if not self._outlet.sender.tick():
            self._outlet.sender.wait()

    def _run_housekeeping(self) -> None:
        now = monotonic()
        due_in = self._batch.due_in(now)
        if due_in is not None and due_in <= 0:
            self._batch.flush(now=now)
        if now >= self._orphans_due:
            self._orphans_due = now + _ORPHAN_CHECK_SECONDS
            self._orphans.end_finished()
        if self._schedule.is_due(now):
            self._report_health()
        if not self._is_stuck():
            self._services.on_alive()
        self._housekeeping.pause(_HOUSEKEEPING_SECONDS)

    def _is_stuck(self) -> bool:
        """Whether a camera, a gauge or the sender hangs, so that only a new start helps; logged once."""
        loops = [*self._parts.loops, self._sending]
        hanging = [loop.name for loop in loops if loop.is_stuck(after_seconds=self._stuck_after)]
        if hanging and not self._reported_stuck:
            log.critical(
                "%s: no progress; no longer notifying the watchdog, so that systemd restarts the agent",
                ", ".join(hanging),
            )
        self._reported_stuck = bool(hanging)
        return bool(hanging)

    def _report_health(self) -> None:
        give_back_memory()
        fields = self._health.fields(cpu_share=self._cpu.share())
        self._outlet.save([of_health(self._name, at=self._clock(), fields=dict(fields))])
