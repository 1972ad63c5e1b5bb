"""A part of the agent that hangs: the watchdog is not told any more, so that systemd starts the agent anew."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.edge.io import wait_for

from siaga_core.wire.messages import GaugeHealth, OutboxHealth
from siaga_edge.runtime.health_reporter import HealthReporter, HealthSchedule
from siaga_edge.runtime.node import Node, Outlet, SideServices
from siaga_edge.runtime.supervisor import PartSupervisor, PolledGauge


class HangingGauge:
    """Answers until it is told to hang."""

    id = "karet"

    def __init__(self) -> None:
        self.polls = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def poll(self, now: datetime) -> None:
        self.may_answer.wait(30)
        self.polls += 1

    def health(self) -> GaugeHealth:
        return GaugeHealth(id=self.id, readings=self.polls, errors=0)

    def close(self) -> None:
        """Nothing is open."""


class HangingSender(HangingGauge):
    """A way out that hangs."""

    def tick(self) -> int:
        self.poll(datetime.now(UTC))
        return 0

    def wait(self) -> None:
        threading.Event().wait(0.01)

    def wake(self) -> None:
        """It never sleeps for long."""

    def is_linked(self) -> bool:
        return False


class EmptyQueue:
    """In the place of the batch of readings, the event registry and the orphaned events."""

    def due_in(self, now: float) -> None:
        return None

    def flush(self, *, now: float) -> None:
        """Nothing to write."""

    def end_finished(self) -> None:
        """No event is open."""

    def orphan(self, source: Any) -> None:
        """No event is open."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def running(gauge: HangingGauge, sender: HangingSender, *, alive: Callable[[], None]) -> Iterator[None]:
    outlet = Outlet(
        save=lambda _: None,
        health=lambda: OutboxHealth(waiting=0, evicted=0, bytes=0),
        sender=sender,  # type: ignore[arg-type]
        connect=lambda: None,
        disconnect=lambda: None,
        close=lambda: None,
    )
    waits: Any = EmptyQueue()
    runner: Any = gauge
    parts = PartSupervisor(waits, clock=utc_now)
    parts.add_gauge(PolledGauge(runner=runner, every_seconds=0.01))
    node = Node(
        "node-a",
        outlet=outlet,
        batch=waits,
        parts=parts,
        orphans=waits,
        health=HealthReporter(began_at=utc_now(), clock=utc_now, outbox=outlet.health, parts=parts),
        schedule=HealthSchedule(60),
        services=SideServices(on_alive=alive),
        clock=utc_now,
        stuck_after_seconds=1.5,
    )
    stop = threading.Event()
    thread = threading.Thread(target=node.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        for part in (gauge, sender):
            part.may_answer.set()
        stop.set()
        thread.join(10)


@pytest.mark.parametrize("which", ["gauge karet", "sender"])
def test_a_part_that_hangs_is_named_and_the_watchdog_gets_nothing_until_it_goes_on(
    which: str, caplog: pytest.LogCaptureFixture
) -> None:
    gauge, sender, alive = HangingGauge(), HangingSender(), [0]

    def count() -> None:
        alive[0] += 1

    with running(gauge, sender, alive=count):
        wait_for(lambda: alive[0] > 3)
        part = gauge if which.startswith("gauge") else sender
        part.may_answer.clear()
        reported = f"{which}: no progress; no longer notifying the watchdog, so that systemd restarts the agent"
        wait_for(lambda: reported in [record.message for record in caplog.records])
        silent = alive[0]
        threading.Event().wait(0.5)  # five turns of the housekeeping
        assert alive[0] == silent
        part.may_answer.set()
        wait_for(lambda: alive[0] > silent)
