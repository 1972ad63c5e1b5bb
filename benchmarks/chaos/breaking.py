"""Carries faults out: what each does to the world, and how it is mended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

import psutil
from benchmarks.chaos.faults import BAD_LINES, CLOUD_CLOCKS, FAKETIME, WRONG_CLOCK, Fault, PastBreak
from benchmarks.chaos.relay import Weather
from benchmarks.chaos.world import World

from siaga_sim.control import ControlError, query
from siaga_sim.stack.child import ServiceError

START_TRIES = 20
REFUSED = 3  # the exit code of a program of the cloud that will not begin
MENDED_WITHIN_SECONDS = 120.0
BALLAST_LEAVES_BYTES = 64 * 1024
SESSIONS = "mosquitto.db"


@dataclass(slots=True)
class Breaker:
    """Each fault has a thread of its own, so that several can be at once. `failed`: those that could not be mended."""

    world: World
    done: list[PastBreak] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def run(self, faults: list[Fault], report: Callable[[Fault], None]) -> None:
        """All of them at their time; returns when the last is mended."""
        began = time.monotonic()
        for fault in faults:
            time.sleep(max(0.0, began + fault.at_seconds - time.monotonic()))
            report(fault)
            thread = threading.Thread(target=self._carry_out, args=(fault,), name=fault.kind, daemon=True)
            thread.start()
            self._threads.append(thread)
        until = time.monotonic() + MENDED_WITHIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self.failed += [f"{thread.name} was not mended in time" for thread in self._threads if thread.is_alive()]

    def _carry_out(self, fault: Fault) -> None:
        began_at = datetime.now(UTC)
        with self.world.holding(fault.target) as is_free:
            if is_free:
                self._break(fault)
        self.done.append(PastBreak(fault, began_at, datetime.now(UTC), skipped=not is_free))

    def _break(self, fault: Fault) -> None:
        try:
            with BREAKERS[fault.kind](self.world, fault):
                time.sleep(fault.hold_seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must say so at its end
            self.failed.append(f"{fault.kind} {fault.target}: {type(error).__name__}: {error}")


Method: TypeAlias = Callable[[World, Fault], AbstractContextManager[None]]


@contextmanager
def _kill(world: World, fault: Fault) -> Iterator[None]:
    world.kill(fault.target)
    yield
    _start(world, fault.target)


@contextmanager
def _freeze(world: World, fault: Fault) -> Iterator[None]:
    world.signal_all(fault.target, psutil.Process.suspend)
    yield
    world.signal_all(fault.target, psutil.Process.resume)


@contextmanager
def _forget_sessions(world: World, _fault: Fault) -> Iterator[None]:
    world.kill("broker")
    (world.cloud.broker.folder / SESSIONS).unlink(missing_ok=True)
    yield
    _start(world, "broker")


@contextmanager
def _network(world: World, fault: Fault) -> Iterator[None]:
    world.relay.set(Weather(fault.kind))
    yield
    world.relay.set(Weather.FINE)


@contextmanager
def _line(world: World, fault: Fault) -> Iterator[None]:
    if world.link is None:
        raise ServiceError("there is no line whose packets could be lost")
    world.link.set(BAD_LINES[fault.kind])
    yield
    world.link.set()


@contextmanager
def _full_disk(world: World, _fault: Fault) -> Iterator[None]:
    ballast = _fill(world)
    yield
    ballast()


@contextmanager
def _rewind(world: World, _fault: Fault) -> Iterator[None]:
    # As after a restore: the database is what it was at the copy, and boxes were told that it had more.
    began_at = datetime.now(UTC)
    has_copy = world.copy_database()
    yield
    if not has_copy:
        return
    world.kill("database")
    world.put_copy_in_place()
    _start(world, "database")
    world.query_again(began_at)


@contextmanager
def _cloud_clock(world: World, fault: Fault) -> Iterator[None]:
    world.kill(fault.target)
    wrong = {**WRONG_CLOCK, "FAKETIME": CLOUD_CLOCKS[fault.kind], "LD_PRELOAD": str(FAKETIME)}
    world.start(fault.target, wrong)
    yield
    child = world.child(fault.target)
    if child is not None and child.returncode == REFUSED:
        world.refused += 1
    world.kill(fault.target)
    _start(world, fault.target)


@contextmanager
def _gauge(world: World, fault: Fault) -> Iterator[None]:
    _control(world, fault.target, fault.kind.removeprefix("gauge_"))
    yield
    _control(world, fault.target, "none")


@contextmanager
def _node_wrong_clock(world: World, fault: Fault) -> Iterator[None]:
    world.kill(fault.target)
    edge_node = world.edge_nodes.children[fault.target]
    right = edge_node.env
    edge_node.env = {**(right or {}), **WRONG_CLOCK, "LD_PRELOAD": str(FAKETIME)}
    try:
        _start(world, fault.target)
        yield
    finally:
        world.kill(fault.target)
        edge_node.env = right
        _start(world, fault.target)


BREAKERS: Mapping[str, Method] = {
    "kill": _kill,
    "freeze": _freeze,
    "forget_sessions": _forget_sessions,
    "full_disk": _full_disk,
    "box_wrong_clock": _node_wrong_clock,
    "rewind": _rewind,
    **dict.fromkeys(CLOUD_CLOCKS, _cloud_clock),
    **dict.fromkeys(("cut", "stalled", "slow"), _network),
    **dict.fromkeys(BAD_LINES, _line),
    **dict.fromkeys(("gauge_cut", "gauge_duplicate", "gauge_wrong_clock"), _gauge),
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


def _control(world: World, node: str, kind: str) -> None:
    socket = world.control_socket()
    if socket is None:
        return
    with suppress(ControlError):  # the gauges are busy or have ended; a fault less
        query({"name": node, "kind": kind}, socket)
