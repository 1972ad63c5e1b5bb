"""Durable ingest (QoS 1, committed, acknowledged by the cloud) against COPY of the same rows, a C subscriber,
Node-RED and a plain script: the same messages, the same broker, the same database server, one run.

The target is that of `throughput.durable_ten_a_message` and `..._thirty_...`: readings a second in the middle of a run,
against the lesser of COPY of the same rows and a C subscriber that is brought messages of the same length. One reading
a message, for which each message's own cost is all, is told without one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from benchmarks.figure import Figure
from benchmarks.throughput.bench import (
    EACH,
    NODES,
    PATIENCE_SECONDS,
    RUN,
    Bench,
    each_of,
    start_ingest,
    throughput_bench,
)
from benchmarks.throughput.blaster import Blaster
from benchmarks.throughput.copying import staged_copy
from benchmarks.throughput.frames import STORY_SECONDS, frame_waits
from benchmarks.throughput.pages import first_seen
from benchmarks.throughput.payloads import messages, payloads
from benchmarks.throughput.rivals import NodeRed, Rival, Script, fetch_node_red
from benchmarks.throughput.versions import BASELINE, old_and_new
from benchmarks.throughput.work import Events

from siaga_core.wire.topics import UpStream, up
from siaga_sim.stack.broker import INGEST_USER
from siaga_sim.stack.child import ServiceError, wait_until
from siaga_sim.stack.ports import free_port

TARGET = 0.7
SEVERAL = {10: "ten", 30: "thirty"}
RIVAL_EACH = max(20, EACH // 5)
KILL_EACH = 40
KILL_RATE = 400.0


def figures() -> Iterator[Figure]:
    """Each is told at once: the whole takes some minutes."""
    for figure in _figures():
        print(*figure.cells(), sep="  ", file=sys.stderr)
        yield figure


def _figures() -> Iterator[Figure]:
    """One replica against the lesser of both baselines; two replicas; pages; batches; rivals and what they lose."""
    if baseline := os.environ.get(BASELINE):
        yield from old_and_new(Path(baseline))
        return
    with throughput_bench() as bench:
        copied, c_rate, pair = _copied(bench), _c_subscriber(bench), _c_pair(bench)
        least = min(copied, pair)
        yield Figure(name="throughput.staged_copy", value=copied, unit="messages/s")
        yield Figure(name="throughput.c_subscriber", value=c_rate, unit="messages/s")
        yield Figure(name="throughput.c_publisher_and_subscriber", value=pair, unit="messages/s")
        start_ingest(bench, "ingest")
        one = _durable(bench)
        yield Figure(name="throughput.durable_ingest", value=one, unit="messages/s", baseline=least)
        for readings, name in SEVERAL.items():
            yield from _several(bench, readings, name, one)
        yield from _pages(bench, one / 2)
        yield from _tasks(bench, one / 2)
        start_ingest(bench, "ingest-2")
        yield Figure(name="throughput.two_replicas", value=_durable(bench), unit="messages/s", baseline=one)
        yield Figure(
            name="throughput.lost_on_kill.siaga", value=_lost_by_ingest(bench), unit="messages", target=0, at_most=True
        )
        for name in ("ingest", "ingest-2"):
            bench.cloud.programs[name].stop()
        yield from _rivals(bench, one)


def _several(bench: Bench, readings: int, name: str, one: float) -> Iterator[Figure]:
    """So many readings a message, against the lesser of both baselines with the same."""
    copied = _copied(bench, readings=readings) * readings
    pair = _c_pair(bench, readings=readings) * readings
    durable = _durable(bench, readings=readings) * readings
    yield Figure(name=f"throughput.staged_copy_{name}", value=copied, unit="readings/s")
    yield Figure(name=f"throughput.c_publisher_and_subscriber_{name}", value=pair, unit="readings/s")
    yield Figure(
        name=f"throughput.durable_{name}_a_message", value=durable, unit="readings/s",
        baseline=min(copied, pair), target=TARGET,
    )  # fmt: skip
    yield Figure(name=f"throughput.{name}_a_message_against_one", value=durable, unit="readings/s", baseline=one)


def _rivals(bench: Bench, ours: float) -> Iterator[Figure]:
    made: dict[str, type[Rival]] = {"script": Script, "node_red": NodeRed}
    try:
        fetch_node_red()
    except ServiceError as error:
        print(f"node-red is left out: {error}")
        del made["node_red"]
    for name, kind in made.items():
        rival = kind(url=bench.url, port=bench.cloud.broker.port, password=bench.ingest_password, folder=RUN / name)
        rival.start()
        rival.forget()
        try:
            rate = _of_rival(bench, rival)
            yield Figure(name=f"throughput.against_{name}", value=ours, unit="messages/s", baseline=rate)
            yield Figure(name=f"throughput.lost_on_kill.{name}", value=_lost_by_rival(bench, rival), unit="messages")
        finally:
            rival.kill()


def _copied(bench: Bench, *, readings: int = 1) -> float:
    made = messages(bench.names, each=each_of(readings), began_at=bench.next_hours(), readings=readings)
    turns = [one for batch in zip(*made.values(), strict=True) for one in batch]
    return len(turns) / staged_copy(bench.url, turns, now=bench.at)


def _c_subscriber(bench: Bench) -> float:
    total = NODES * EACH
    words = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(bench.cloud.broker.port), "-u", INGEST_USER, "-q", "1"]
    words += ["-P", bench.ingest_password, "-t", "siaga/v1/+/+/up/#", "-C", str(total), "-i", "c-subscriber", "-c"]
    with bench.blaster(bench.payloads(EACH)) as blaster:
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        time.sleep(1)  # it says nothing once it has subscribed
        try:
            rate = total / blaster.run(lambda: child.poll() is not None)
            if child.returncode:
                raise ServiceError(f"mosquitto_sub: ended with {child.returncode}")
            return rate
        finally:
            child.kill()
            child.wait()


def _c_pair(bench: Bench, *, readings: int = 1) -> float:
    """As the first figures had it: one publisher and one subscriber in C, lines of the same length."""
    ours = next(iter(payloads(messages(bench.names[:1], each=1, began_at=bench.at, readings=readings)).values()))
    total, at = NODES * each_of(readings), ["-h", "127.0.0.1", "-p", str(bench.cloud.broker.port), "-q", "1"]
    node, line = bench.names[0], "x" * len(ours[0][1])
    topic = up(node, UpStream.READINGS)
    receive = ["mosquitto_sub", *at, "-u", INGEST_USER, "-P", bench.ingest_password, "-t", topic, "-C", str(total)]
    log = ["mosquitto_pub", *at, "-u", node, "-P", bench.cloud.node_passwords[node], "-t", topic, "-l"]
    child = subprocess.Popen(receive, stdout=subprocess.DEVNULL)
    time.sleep(1)  # it says nothing once it has subscribed
    try:
        began = time.monotonic()
        subprocess.run(log, input=f"{line}\n".encode() * total, check=True)
        child.wait(PATIENCE_SECONDS)
        return total / (time.monotonic() - began)
    finally:
        child.kill()
        child.wait()


def _durable(bench: Bench, *, readings: int = 1) -> float:
    with bench.blaster(bench.payloads(each_of(readings), readings=readings)) as blaster:
        blaster.run()
        return blaster.steady_per_second


def _pages(bench: Bench, per_second: float) -> Iterator[Figure]:
    bench.cloud.http_port = free_port()
    bench.cloud.start_program("api")
    bench.cloud.programs["api"].wait_for(bench.cloud.is_ready, seconds=PATIENCE_SECONDS)
    sent = bench.payloads(EACH)
    with bench.blaster(sent, per_second) as blaster:
        yield from _spread("sample_to_page", first_seen(bench.cloud, bench.names[0], blaster))
    bench.cloud.programs["api"].stop()


def _tasks(bench: Bench, per_second: float) -> Iterator[Figure]:
    bench.cloud.start_program("worker")
    time.sleep(3)  # it says nothing once it listens
    # Before the events, whose incidents could swallow what cameras see beside them.
    with bench.blaster(bench.payloads(int(per_second * STORY_SECONDS / NODES)), per_second) as blaster:
        waits = frame_waits(bench.cloud, bench.url, blaster)
    yield Figure(name="throughput.tasks_by_frames", value=len(waits), unit="tasks")
    yield from _spread("frame_to_task", waits)
    sent = bench.payloads(EACH)
    with (
        bench.blaster(sent, per_second) as blaster,
        Events(bench.sender, bench.cloud.node_passwords[bench.sender], bench.cloud.broker.port) as events,
    ):
        blaster.run()
    waits = events.waits(bench.url, lambda done: wait_until(done, seconds=PATIENCE_SECONDS, what="tasks", every=0.5))
    yield from _spread("event_to_task", waits)
    bench.cloud.programs["worker"].stop()


def _spread(what: str, waits: list[float]) -> Iterator[Figure]:
    reported = sorted(waits)
    if not reported:
        raise ServiceError(f"{what}: nothing came")
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        value = reported[min(len(reported) - 1, int(len(reported) * share))]
        yield Figure(name=f"throughput.{what}_{name}_at_half", value=value, unit="s")


def _lost_by_ingest(bench: Bench) -> float:
    """Killed in the middle and started again; what it has not stored once all senders have heard of all."""
    total = NODES * KILL_EACH
    sent = bench.payloads(KILL_EACH)
    before = _messages(bench)
    with bench.blaster(sent, KILL_RATE) as blaster:
        _run_and_kill(
            blaster, total, lambda: bench.cloud.programs["ingest"].kill(), lambda: bench.cloud.start_program("ingest")
        )
    return total - (_messages(bench) - before)


def _run_and_kill(blaster: Blaster, total: int, kill: Any, start: Any) -> None:
    """Half of them, a death, a new start, the rest; returns when all are acknowledged."""
    killed = False

    def watch() -> None:
        nonlocal killed
        if not killed and blaster.published >= total // 2:
            killed = True
            kill()
            start()

    blaster.run(watch=watch)


def _messages(bench: Bench) -> int:
    with psycopg.connect(bench.url) as conn:
        row: Any = conn.execute("SELECT count(*) FROM message").fetchone()
    return int(row[0])


def _of_rival(bench: Bench, rival: Rival) -> float:
    total = NODES * RIVAL_EACH
    with bench.blaster(bench.payloads(RIVAL_EACH)) as blaster:
        stored = _SlowPoll(rival.stored)
        # The script keeps what does not fill a hundred.
        return total / blaster.run(lambda: stored() >= total - total % 100)


def _lost_by_rival(bench: Bench, rival: Rival) -> float:
    rival.forget()
    total = NODES * KILL_EACH
    with bench.blaster(bench.payloads(KILL_EACH), KILL_RATE) as blaster:
        killed = False

        def done() -> bool:
            nonlocal killed
            if not killed and blaster.published >= total // 2:
                killed = True
                rival.kill()
                rival.start()
            return blaster.published == total

        blaster.run(done)
    settled, seen = time.monotonic(), -1
    while time.monotonic() - settled < 5:
        now = rival.stored()
        if now != seen:
            seen, settled = now, time.monotonic()
        time.sleep(0.5)
    return total - seen


class _SlowPoll:
    """Asks four times a second, so that the question costs nothing."""

    def __init__(self, query: Any) -> None:
        self._query, self._at, self._last = query, 0.0, 0

    def __call__(self) -> int:
        if time.monotonic() - self._at > 0.25:
            self._at, self._last = time.monotonic(), self._query()
        return self._last
