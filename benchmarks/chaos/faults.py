"""Faults at random and by seed: which, on what, for how long. The same seed draws the same list."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import psutil
from benchmarks.chaos.relay import Weather
from benchmarks.chaos.world import BOXES, PROGRAMS, World

from siaga_sim.control import ControlError, ask
from siaga_sim.stack.child import ServiceError

FRONT = ("broker", "database", *PROGRAMS)
START_TRIES = 20
BALLAST_LEAVES_BYTES = 64 * 1024
SESSIONS = "mosquitto.db"
# Debian's package `faketime`, where it is installed. More than ingest believes, and not of what a program waits by.
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
WRONG_CLOCK = {"FAKETIME": "+3h", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` on `target`, `at_seconds` into the run, for `hold_seconds` and as long as the mending takes."""

    at_seconds: float
    kind: str
    target: str
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """A fault as it really went. `skipped`: its target was down already."""

    fault: Fault
    began_at: datetime
    mended_at: datetime
    skipped: bool


# How often each is drawn, and how long it is held at most. Gauges break one by one, so often.
_KINDS: Mapping[str, tuple[float, float, tuple[str, ...]]] = {
    "kill": (30, 5.0, (*FRONT, *BOXES)),
    "freeze": (20, 7.0, (*FRONT, *BOXES)),
    "forget_sessions": (4, 2.0, ("broker",)),
    "cut": (6, 6.0, ("network",)),
    "stalled": (5, 8.0, ("network",)),
    "slow": (5, 10.0, ("network",)),
    "box_wrong_clock": (4, 8.0, BOXES),
    "full_disk": (4, 5.0, ("disk",)),
    "rewind": (3, 8.0, ("database",)),
    "gauge_cut": (9, 8.0, ("gauge",)),
    "gauge_duplicate": (9, 15.0, ("gauge",)),
    "gauge_wrong_clock": (8, 15.0, ("gauge",)),
}


def drawn(
    *, seed: int, seconds: float, every_seconds: float, nodes: int, with_disk: bool, with_clocks: bool = False
) -> list[Fault]:
    """The faults of a run, in order."""
    chance = random.Random(seed)
    left_out = {"full_disk": not with_disk, "box_wrong_clock": not with_clocks}
    kinds = [kind for kind in _KINDS if not left_out.get(kind, False)]
    weights = [_KINDS[kind][0] for kind in kinds]
    faults: list[Fault] = []
    at = every_seconds
    while at < seconds - 10:
        kind = chance.choices(kinds, weights)[0]
        target = chance.choice(_KINDS[kind][2])
        if target == "gauge":
            target = f"load-{chance.randint(1, nodes):04d}"
        faults.append(Fault(round(at, 2), kind, target, round(chance.uniform(0.3, _KINDS[kind][1]), 2)))
        at += chance.uniform(0.3, 1.7) * every_seconds
    return faults


@dataclass(slots=True)
class Breaker:
    """Carries faults out, each in a thread of its own, so that several can be at once."""

    world: World
    done: list[Done] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def run(self, faults: list[Fault], tell: Callable[[Fault], None]) -> None:
        """All of them at their time; returns when the last is mended."""
        began = time.monotonic()
        for fault in faults:
            time.sleep(max(0.0, began + fault.at_seconds - time.monotonic()))
            tell(fault)
            thread = threading.Thread(target=self._carry_out, args=(fault,), name=fault.kind, daemon=True)
            thread.start()
            self._threads.append(thread)
        for thread in self._threads:
            thread.join(120)

    def _carry_out(self, fault: Fault) -> None:
        began_at = datetime.now(UTC)
        with self.world.holding(fault.target) as is_free:
            if is_free:
                with _ways(self.world)[fault.kind](fault):
                    time.sleep(fault.hold_seconds)
        self.done.append(Done(fault, began_at, datetime.now(UTC), skipped=not is_free))


Way: TypeAlias = Callable[[Fault], AbstractContextManager[None]]


def _ways(world: World) -> dict[str, Way]:
    @contextmanager
    def kill(fault: Fault) -> Iterator[None]:
        world.kill(fault.target)
        yield
        _start(world, fault.target)

    @contextmanager
    def freeze(fault: Fault) -> Iterator[None]:
        world.signal_all(fault.target, psutil.Process.suspend)
        yield
        world.signal_all(fault.target, psutil.Process.resume)

    @contextmanager
    def forget_sessions(fault: Fault) -> Iterator[None]:
        world.kill("broker")
        (world.cloud.broker.folder / SESSIONS).unlink(missing_ok=True)
        yield
        _start(world, "broker")

    @contextmanager
    def network(fault: Fault) -> Iterator[None]:
        world.relay.set(Weather(fault.kind))
        yield
        world.relay.set(Weather.FINE)

    @contextmanager
    def full_disk(_fault: Fault) -> Iterator[None]:
        ballast = _fill(world)
        yield
        ballast()

    @contextmanager
    def rewind(_fault: Fault) -> Iterator[None]:
        # As after a restore: the database is what it was at the copy, and boxes were told that it had more.
        began_at = datetime.now(UTC)
        has_copy = world.copy_database()
        yield
        if not has_copy:
            return
        world.kill("database")
        world.put_copy_in_place()
        _start(world, "database")
        world.ask_again(began_at)

    @contextmanager
    def gauge(fault: Fault) -> Iterator[None]:
        kind = fault.kind.removeprefix("gauge_")
        _order(world, fault.target, kind)
        yield
        _order(world, fault.target, "none")

    @contextmanager
    def box_wrong_clock(fault: Fault) -> Iterator[None]:
        world.kill(fault.target)
        box = world.boxes.children[fault.target]
        right = box.env
        box.env = {**(right or {}), **WRONG_CLOCK, "LD_PRELOAD": str(FAKETIME)}
        try:
            _start(world, fault.target)
            yield
        finally:
            world.kill(fault.target)
            box.env = right
            _start(world, fault.target)

    network_kinds = dict.fromkeys(("cut", "stalled", "slow"), network)
    gauge_kinds = dict.fromkeys(("gauge_cut", "gauge_duplicate", "gauge_wrong_clock"), gauge)
    return {
        "kill": kill,
        "freeze": freeze,
        "forget_sessions": forget_sessions,
        "full_disk": full_disk,
        "box_wrong_clock": box_wrong_clock,
        "rewind": rewind,
        **network_kinds,
        **gauge_kinds,
    }


def _start(world: World, name: str) -> None:
    for attempt in range(START_TRIES):
        try:
            world.start(name)
        except (ServiceError, OSError):  # its disk may be full just now, or its port not yet free
            world.kill(name)
            time.sleep(min(3.0, 0.5 + attempt / 4))
        else:
            return
    raise ServiceError(f"{name}: did not come up after {START_TRIES} tries")


def _fill(world: World) -> Callable[[], None]:
    if world.disk is None:
        return lambda: None
    path = world.disk / "ballast"
    free = os.statvfs(world.disk)
    with path.open("wb") as file:
        size = free.f_bavail * free.f_frsize - BALLAST_LEAVES_BYTES
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(1, size))
    return lambda: path.unlink(missing_ok=True)


def _order(world: World, node: str, kind: str) -> None:
    socket = world.control_socket()
    if socket is None:
        return
    with suppress(ControlError):  # the gauges are busy or have ended; a fault less
        ask({"name": node, "kind": kind}, socket)
