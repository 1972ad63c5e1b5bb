"""Demos as somebody starts them: two at once, a clock that is set, programs that are killed, and the summary."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.served.running_demo import RunningDemo, running_demo

from siaga_sim.demo.cloud import PREFERRED_HTTP_PORT
from siaga_sim.stack.child import wait_until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2400)]

NOTICED_SECONDS = 5.0
STORY_SECONDS = 300
_SECOND = re.compile(r"at second (\d+) of")


@pytest.fixture
def used_port() -> Iterator[int]:
    """The port that a demo prefers, in use by another program."""
    with suppress(OSError), socket.create_server(("127.0.0.1", PREFERRED_HTTP_PORT)):
        yield PREFERRED_HTTP_PORT
        return
    yield PREFERRED_HTTP_PORT  # somebody has it already


def test_two_demos_run_side_by_side_and_one_survives_the_other(tmp_path: Path, used_port: int) -> None:
    with running_demo(tmp_path / "a", "--story", "calm") as first, running_demo(tmp_path / "b") as second:
        second.until_begun()
        the_clock_is_set(second)
        first.until_begun()
        for demo in (first, second):
            printed = (
                f"port {used_port} is in use by another program; the pages are at port {demo.url.rpartition(':')[2]}"
            )
            assert printed in demo.terminal()
        instances = {demo.get("/readyz")["instance"] for demo in (first, second)}
        assert len(instances) == 2
        the_killed_api_is_noticed(first)
        what_is_broken_is_repaired(second)
        messages = second.end()["messages"]
    assert messages["sent"] > 0
    assert messages["missing"] == 0


def the_killed_api_is_noticed(demo: RunningDemo) -> None:
    os.kill(demo.pid_of("siaga-cloud api"), signal.SIGKILL)
    began = time.monotonic()
    demo.until_printed("a program of the demo has ended: api: ended with -9", seconds=NOTICED_SECONDS)
    print(f"{time.monotonic() - began:.1f} s until the killed API was printed")
    assert demo.child.wait(300) == 1
    assert f"(log: {demo.run_dir / 'logs' / 'api.log'})" in demo.terminal()


def the_clock_is_set(demo: RunningDemo) -> None:
    """Stands, and the page says so; goes on three times faster; goes to a chapter; runs as before."""
    assert "The story stands" in demo.press("story/pause")
    assert demo.get("/api/v1/demo/story") == {"rate": 0}
    stands_at = second_of(demo)
    assert "The story runs 3 times faster" in demo.press("story/faster")
    assert demo.get("/api/v1/demo/story") == {"rate": 3}
    demo.until(lambda: second_of(demo) > stands_at)
    assert "A camera is covered" in demo.press("story/chapter-3")
    assert second_of(demo) >= 0.33 * 600
    assert "The story runs" in demo.press("story/go-on" if "/story/go-on" in demo.console_text() else "story/normal")
    assert demo.get("/api/v1/demo/story") == {"rate": 1}
    assert "did not follow" not in demo.terminal()


def second_of(demo: RunningDemo) -> int:
    found = _SECOND.search(demo.console_text())
    assert found is not None
    return int(found.group(1))


def what_is_broken_is_repaired(demo: RunningDemo) -> None:
    for button, name in (("camera", "is covered"), ("node", "posko-utara"), ("broker", "broker")):
        assert name in demo.press(f"break/{button}")
    for name in ("posko-utara", "broker"):
        demo.until_printed(f"{name} runs again", seconds=300)
    wait_until(lambda: demo.get("/readyz")["status"] == "ready", seconds=60, what="the API")


def test_a_story_of_five_minutes_is_verified_by_every_kind_of_witness(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--seconds", str(STORY_SECONDS)) as demo:
        summary = demo.summary(seconds=2000)
    print({name: summary[name] for name in ("messages", "verified", "disputed", "rechecks", "channels", "alerts")})
    assert summary["messages"]["missing"] == 0
    assert {"camera", "reporter", "operator"} <= set(summary["verified"])
    assert sum(summary["verified"].values()) >= 3
    assert summary["disputed"] >= 1
    assert summary["rechecks"] >= 2
    assert len(summary["channels"]) >= 5
    assert summary["alerts"] >= 1
    assert summary["forecast_issued"] >= 1
    assert len(summary["roles"]) >= 6
