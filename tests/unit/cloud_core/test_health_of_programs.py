"""A program's health: what its check reports, and its end where its work stands still."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from wsgiref.simple_server import WSGIServer

import pytest
from prometheus_client import CollectorRegistry, start_http_server

from siaga_cloud.platform.observe import healthcheck
from siaga_cloud.platform.observe.heartbeat import Beat
from siaga_cloud.process import EXIT_STALLED, end_when_stalled


class Program:
    """The metrics of a program whose work went round just now."""

    def __init__(self, registry: CollectorRegistry, server: WSGIServer) -> None:
        self.beat, self.url = Beat(registry), f"http://127.0.0.1:{server.server_port}/metrics"


@pytest.fixture
def program() -> Iterator[Program]:
    registry = CollectorRegistry()
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    yield Program(registry, server)
    server.shutdown()
    server.server_close()
    thread.join()


def test_work_that_went_round_is_healthy_and_stalled_work_is_not(program: Program) -> None:
    healthcheck.check(program.url, beat_seconds=120)
    with pytest.raises(healthcheck.NotAliveError, match="the work loop last completed"):
        healthcheck.check(program.url, beat_seconds=-1)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://127.0.0.1:1/metrics"])
def test_what_does_not_answer_is_not_healthy(url: str) -> None:
    with pytest.raises(healthcheck.NotAliveError, match=r"127\.0\.0\.1"):
        healthcheck.check(url, beat_seconds=None)


def test_the_check_of_a_container_loads_neither_the_command_line_nor_the_metrics(program: Program) -> None:
    code = "import sys; from siaga_cloud.platform.observe import healthcheck; status = healthcheck.main();"
    code += "print(status, *{'typer', 'pydantic', 'prometheus_client'} & set(sys.modules))"
    words = [sys.executable, "-c", code, program.url, "--beat", "120"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0"], done.stderr


def test_a_process_whose_work_stalled_is_ended_with_a_reason(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    watch = end_when_stalled(Beat(CollectorRegistry()), seconds=0.05, check_seconds=0.01, end=ended.append)
    watch.join(30)
    assert ended == [EXIT_STALLED]
    assert "expected at most 0 s; ending this process" in caplog.text
    assert "in watch" in capfd.readouterr().err, "every thread's stack is written"


def test_a_wait_for_the_database_is_no_stall_and_makes_the_exported_beat_no_younger(program: Program) -> None:
    program.beat._gauge.set(time.time() - 1000)
    program.beat._last -= 1000
    assert program.beat.age_seconds() >= 1000
    program.beat.wait_for_others()
    assert program.beat.age_seconds() < 100
    with pytest.raises(healthcheck.NotAliveError, match="the work loop last completed"):
        healthcheck.check(program.url, beat_seconds=120)


def test_a_process_whose_work_goes_round_is_not_ended(capfd: pytest.CaptureFixture[str]) -> None:
    beat, ended = Beat(CollectorRegistry()), list[int]()
    watch = end_when_stalled(beat, seconds=5, check_seconds=0.01, end=ended.append)
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        beat()
        watch.join(0.02)
    assert (ended, watch.is_alive()) == ([], True)
    beat._last -= 10  # the watch would otherwise end in another test, which has no stderr for it
    watch.join(30)
    assert (ended, "in watch" in capfd.readouterr().err) == ([EXIT_STALLED], True)
