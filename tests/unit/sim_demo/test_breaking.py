"""What a visitor breaks runs again after a while, also when the visitor's request has long ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from siaga_sim.demo import breaking
from siaga_sim.demo.breaking import Breaker
from siaga_sim.stack.child import Child, wait_until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Child]:
    with Child(name="broker", argv=["sleep", "600"], log=tmp_path / "log") as child:
        yield child


@pytest.fixture
def stated() -> list[str]:
    return []


@pytest.fixture
def breaker(broker: Child, stated: list[str], tmp_path: Path) -> Breaker:
    cloud: Any = SimpleNamespace(broker=broker)
    nodes = cast(Any, SimpleNamespace(children={}))
    return Breaker(cloud=cloud, edge_nodes=nodes, control=tmp_path, camera="cam", node="node", log_line=stated.append)


def started(child: Child) -> None:
    """Start it and return when it is no longer the wrapper that will become it."""
    child.start()
    wait_until(lambda: Path(f"/proc/{child.pid}/comm").read_text() == "sleep\n", seconds=10, what="sleep")


def pressed(breaker: Breaker) -> None:
    """A visitor presses the button; the thread of the request ends with its answer."""
    request = threading.Thread(target=breaker.kill_broker)
    request.start()
    request.join()


def test_what_was_broken_runs_again_when_it_is_due_and_goes_on(
    breaker: Breaker, broker: Child, stated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaking, "BROKER_SECONDS", 0.2)
    pressed(breaker)
    assert not broker.is_running
    assert breaker.is_expected(broker)

    def is_repaired() -> bool:
        breaker.repair_due()
        return broker.is_running

    wait_until(is_repaired, seconds=10, what="the repair")
    pressed(breaker)  # by a thread that ends, as that of the first press has: neither end takes the broker along
    wait_until(is_repaired, seconds=10, what="the second repair")
    assert not breaker.is_expected(broker)
    assert stated == ["broker is killed; it starts again in 0 s", "broker runs again"] * 2


def test_before_its_time_it_is_not_repaired_and_cannot_be_broken_again(breaker: Breaker, broker: Child) -> None:
    pressed(breaker)
    assert breaker.kill_broker() == "broker is broken already"
    breaker.repair_due()
    assert not broker.is_running


def test_at_its_end_a_demo_repairs_everything_and_lets_nothing_be_broken(breaker: Breaker, broker: Child) -> None:
    pressed(breaker)
    breaker.end()
    assert broker.is_running
    assert breaker.kill_broker() == "The demo is ending; broker is not killed any more"
    assert broker.is_running


def test_a_process_ends_with_the_thread_that_started_it(tmp_path: Path) -> None:
    child = Child(name="short", argv=["sleep", "600"], log=tmp_path / "log")
    thread = threading.Thread(target=lambda: started(child))
    thread.start()
    thread.join()
    wait_until(lambda: not child.is_running, seconds=10, what="the end of the process")
