"""A running `siaga-sim demo` as a visitor meets it: its terminal, the addresses that it prints, and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from siaga_sim.stack.child import Child, wait_until

START_SECONDS = 1200.0  # on a machine with other work
END_SECONDS = 300.0
_LINKS = re.compile(r"citizen +(http://\S+?)/ .*?things to break: (http://\S+)", re.DOTALL)


class RunningDemo:
    """The process, and what its terminal says. `url` and `console` are known once its story has begun."""

    def __init__(self, child: Child, run_dir: Path) -> None:
        self.child, self.run_dir = child, run_dir
        self.url = self.console = ""

    def terminal(self) -> str:
        """Everything that was printed so far."""
        return self.child.log.read_text()

    def until(self, is_so: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        """Wait for something, while the demo lives."""
        self.child.wait_for(is_so, seconds=seconds)

    def until_printed(self, words: str, *, seconds: float = START_SECONDS) -> None:
        """Wait for words on the terminal; also where they are its last."""
        wait_until(
            lambda: words in self.terminal() or not self.child.is_running,
            seconds=seconds,
            what=f"“{words}” in {self.child.log}",
        )
        assert words in self.terminal(), self.child.tail()

    def until_begun(self) -> None:
        """Wait for the links of the story that has begun."""
        self.until(lambda: _LINKS.search(self.terminal()) is not None)
        found = _LINKS.search(self.terminal())
        assert found is not None
        self.url, self.console = found.groups()

    def press(self, button: str) -> str:
        """What the page of the demo answers to one of its buttons, such as story/pause."""
        pressed = httpx.post(f"{self.console}/{button}", headers={"Origin": self.console}, timeout=60)
        return pressed.raise_for_status().text

    def console_text(self) -> str:
        """The page with the story, the buttons and the messages."""
        return httpx.get(self.console, timeout=60).text

    def get(self, path: str) -> Any:
        """What the API answers to somebody who is not signed in."""
        return httpx.get(f"{self.url}{path}", timeout=60).raise_for_status().json()

    def pid_of(self, program: str) -> int:
        """The process of one of its programs, such as `siaga-cloud api`."""
        lists = Path(f"/proc/{self.child.pid}/task").glob("*/children")
        pids = {int(pid) for one in lists for pid in one.read_text().split()}
        (found,) = [pid for pid in pids if program in _command_of(pid)]
        return found

    def end(self) -> dict[str, Any]:
        """End it as Ctrl-C does; the summary that it leaves."""
        os.kill(self.child.pid, signal.SIGINT)
        return self.summary(seconds=END_SECONDS)

    def summary(self, *, seconds: float) -> dict[str, Any]:
        """The summary of a demo that has ended by then."""
        assert self.child.wait(seconds) == 0, self.child.tail()
        found: dict[str, Any] = json.loads((self.run_dir / "summary.json").read_text())
        return found


@contextmanager
def running_demo(folder: Path, *words: str) -> Iterator[RunningDemo]:
    """A demo with its files below a folder. It is ended when the block is left."""
    run_dir = folder / "run"
    argv = [str(Path(sys.executable).parent / "siaga-sim"), "demo", "--run-dir", str(run_dir), *words]
    child = Child(name="demo", argv=argv, log=folder / "demo.log", stop_signal=signal.SIGINT).start()
    try:
        yield RunningDemo(child, run_dir)
    finally:
        child.stop(END_SECONDS)


def _command_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return " ".join(Path(word.decode(errors="replace")).name for word in words)
