"""Five thousand people report within a minute, in bursts: everybody gets a receipt, and nothing is stored twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import psutil
import psycopg
from benchmarks.crowd.phones import PEOPLE
from benchmarks.crowd.result import Result
from benchmarks.crowd.watching import percentile
from benchmarks.crowd.world import World
from benchmarks.figure import Figure

PER_MINUTE: Final = 5_000.0
_WAITS: Final = 400.0
_WAITING: Final = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'signals'"


def reports(world: World, *, log: Callable[[str], None]) -> Result:
    """Send them through the front door, and watch how many wait for their decision."""
    before, spent = _stored(world), _processor_seconds(world)
    with _Queue(world) as queue:
        argv = [*world.front, sys.executable, "-m", "benchmarks.crowd.phones", world.nginx.url]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=_WAITS, env=dict(os.environ))
    sent: dict[str, Any] = json.loads(done.stdout)
    spent, stored, receipts = _processor_seconds(world) - spent, _stored(world) - before, sent["receipts"]
    rate = len(receipts) / sent["seconds"] * 60
    log(f"{len(receipts)} receipts in {sent['seconds']:.1f} s, {sent['statuses']}; {queue.most} waited for a decision")
    figures = [
        Figure(name="reports accepted a minute", value=rate, unit="reports", target=PER_MINUTE),
        Figure(name="reports without a receipt", value=PEOPLE - len(receipts), unit="reports", target=0, at_most=True),
        Figure(name="reports stored twice or without a receipt", value=abs(stored - len(receipts)), unit="reports",
               target=0, at_most=True),
        Figure(name="people refused because of a neighbour", value=sent["statuses"].get("429", 0), unit="people",
               target=0, at_most=True),
    ]  # fmt: skip
    facts = {
        "seconds": sent["seconds"], "statuses": sent["statuses"], "receipt_p50_seconds": percentile(receipts, 0.5),
        "receipt_p99_seconds": percentile(receipts, 0.99), "api_ms_of_processor_each": spent / len(receipts) * 1000,
        "most_that_waited_for_a_decision": queue.most, "wait_for_a_decision_at_the_end": _waiting(world),
    }  # fmt: skip
    return Result(figures, facts)


@dataclass(slots=True)
class _Queue:
    """Reads twice a second how many reports wait for their decision."""

    world: World
    most: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> _Queue:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self.most = max(self.most, _waiting(self.world))


def _stored(world: World) -> int:
    return _count(world, "SELECT count(*) FROM report WHERE channel = 'web'")


def _waiting(world: World) -> int:
    return _count(world, _WAITING)


def _count(world: World, statement: Any) -> int:
    with psycopg.connect(world.database_url) as connection:
        row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _processor_seconds(world: World) -> float:
    spent = psutil.Process(world.cloud.programs["api"].pid).cpu_times()
    return float(spent.user + spent.system)
