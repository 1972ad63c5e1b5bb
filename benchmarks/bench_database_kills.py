"""What is lost and what is stored twice when the database is killed three times while messages come in.

The real ingest behind a real Mosquitto; a hundred nodes send 8,000 messages a second, and send again what is not
acknowledged, as real ones do. Three runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from benchmarks.figure import Figure
from benchmarks.throughput.bench import NODES, Bench, start_ingest, throughput_bench

RUNS = 3
KILLS = 3
PER_SECOND = 8000.0
SECONDS = 10.0


def figures() -> Iterator[Figure]:
    """Lost and doubled messages of each run."""
    # One thread to the end: a database ends with the thread that started it.
    with throughput_bench() as bench, ThreadPoolExecutor(1) as pool:
        start_ingest(bench, "ingest")
        for number in range(1, RUNS + 1):
            for figure in _run(bench, pool, number):
                print(*figure.cells(), sep="  ", file=sys.stderr)
                yield figure
        bench.cloud.programs["ingest"].stop()


def _run(bench: Bench, pool: ThreadPoolExecutor, number: int) -> Iterator[Figure]:
    each = int(PER_SECOND * SECONDS / NODES)
    sent = bench.payloads(each)
    total = each * NODES
    before, killer = _stored(bench), _Killer(bench, pool, total)
    with bench.blaster(sent, PER_SECOND) as blaster:
        killer.began_at = time.monotonic()
        seconds = blaster.run(watch=lambda: killer.watch(blaster.published))
    killer.wait()
    stored, readings, distinct, counted = (
        after - early for after, early in zip(_stored(bench), before, strict=True)
    )  # fmt: skip
    name = f"database_kills.{number}"
    yield Figure(name=f"{name}.sent", value=total / killer.sending_seconds, unit="messages/s")
    yield Figure(name=f"{name}.kills", value=killer.kills, unit="kills", target=KILLS)
    yield Figure(name=f"{name}.acknowledged", value=total / seconds, unit="messages/s")
    yield Figure(name=f"{name}.lost", value=total - min(distinct, readings), unit="messages", target=0, at_most=True)
    doubled = max(stored - distinct, readings - total, counted - total)
    yield Figure(name=f"{name}.doubled", value=doubled, unit="messages", target=0, at_most=True)


@dataclass(slots=True)
class _Killer:
    """Kills the database when a fourth, two fourths and three fourths of the messages are on their way."""

    bench: Bench
    pool: ThreadPoolExecutor
    total: int
    kills: int = 0
    began_at: float = 0.0
    sending_seconds: float = 0.0
    _running: Future[None] | None = None

    def watch(self, published: int) -> None:
        """Kill it when it is time; the senders go on meanwhile."""
        if published >= self.total and not self.sending_seconds:
            self.sending_seconds = time.monotonic() - self.began_at
        is_idle = self._running is None or self._running.done()
        if is_idle and self.kills < KILLS and published >= self.total * (self.kills + 1) // (KILLS + 1):
            self.kills += 1
            self._running = self.pool.submit(self._kill)

    def wait(self) -> None:
        """Wait for the last start."""
        if self._running is not None:
            self._running.result()

    def _kill(self) -> None:
        self.bench.cloud.postgres.kill()
        self.bench.cloud.postgres.start()


def _stored(bench: Bench) -> tuple[int, int, int, int]:
    """Rows of messages, of readings, different messages, and those that the ledger counts as stored."""
    with psycopg.connect(bench.url) as conn:
        row: Any = conn.execute(
            "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM reading),"
            " (SELECT count(DISTINCT id) FROM message), (SELECT coalesce(sum(stored), 0)::int FROM node_ledger)"
        ).fetchone()
    return row[0], row[1], row[2], row[3]
