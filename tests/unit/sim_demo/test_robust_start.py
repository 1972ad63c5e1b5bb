"""A demo starts beside another one, sees a program that ends, and names the log of what failed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from siaga_sim.demo.cloud import Cloud
from siaga_sim.demo.layout import DemoError, free_layout, fresh_layout
from siaga_sim.demo.play import check_all
from siaga_sim.stack import child as child_module
from siaga_sim.stack.child import PORT_TRIES, Child, Service, ServiceError, wait_until


def test_a_second_demo_runs_in_a_folder_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / ".run"
    with free_layout(root) as first, free_layout(root) as second:
        assert (first.root, second.root) == (root, tmp_path / ".run-2")
        with fresh_layout(tmp_path / ".run-3"), free_layout(root) as fourth:
            assert fourth.root == tmp_path / ".run-4"


def ended(tmp_path: Path) -> Child:
    made = Child(name="api", argv=["sh", "-c", "echo out of luck; exit 7"], log=tmp_path / "api.log").start()
    assert made.process is not None
    made.process.wait(20)
    return made


def test_a_program_that_ends_is_noticed_within_five_seconds_and_its_log_is_named(tmp_path: Path) -> None:
    with Child(name="worker", argv=["sleep", "60"], log=tmp_path / "worker.log") as worker:
        check_all([worker])
        began = time.monotonic()
        with pytest.raises(DemoError) as found:
            check_all([worker, ended(tmp_path)])
    assert time.monotonic() - began < 5
    assert str(found.value) == (
        f"a program of the demo has ended: api: ended with 7 (log: {tmp_path / 'api.log'})\nout of luck\n"
    )


class UnluckyServer(Service):
    """Finds its port in use, so many times."""

    failures = 0
    ports: list[int]

    def start(self) -> Self:
        self.ports = []
        self.start_on_port(self._run)
        return self

    def _run(self) -> None:
        self.ports.append(self.port)
        if len(self.ports) <= self.failures:
            raise ServiceError("postgres: could not bind: Address already in use")


@pytest.mark.parametrize("failures", range(PORT_TRIES))
def test_a_port_that_was_bound_in_between_is_replaced(tmp_path: Path, failures: int) -> None:
    server = UnluckyServer(folder=tmp_path)
    server.failures = failures
    server.start()
    assert len(server.ports) == failures + 1
    assert server.port == server.ports[-1]


def test_a_port_that_was_given_or_is_never_free_is_reported(tmp_path: Path) -> None:
    for port in (0, 1):
        server = UnluckyServer(folder=tmp_path, port=port)
        server.failures = PORT_TRIES
        with pytest.raises(ServiceError, match="in use"):
            server.start()
        assert len(server.ports) == (1 if port else PORT_TRIES)


def test_a_slow_start_is_reported_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "REPORT_SECONDS", 0.02)
    answers: Iterator[bool] = iter([False] * 5 + [True])
    lines: list[float] = []
    wait_until(lambda: next(answers), seconds=20, what="api", report=lines.append)
    assert lines
    assert lines == sorted(lines)


def test_the_port_is_bound_before_the_api_starts_and_one_in_use_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    with fresh_layout(tmp_path) as layout, socket.create_server(("127.0.0.1", 0)) as other:
        used = other.getsockname()[1]
        monkeypatch.setattr("siaga_sim.demo.cloud.PREFERRED_HTTP_PORT", used)
        cloud = Cloud(layout=layout, nodes=[], log_line=lines.append)
        with cloud._bound() as bound:
            assert cloud.http_port == bound.getsockname()[1] != used
        assert lines == [f"port {used} is in use by another program; the pages are at port {cloud.http_port}"]
        with pytest.raises(DemoError, match=f"port {used} of the API is in use"):
            Cloud(layout=layout, nodes=[], http_port=used)._bound()
