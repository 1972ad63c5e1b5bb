"""A child process that never outlives its parent, with its output in a file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from siaga_sim.stack.folders import drop_to, is_outside
from siaga_sim.stack.ports import free_port

STOP_SECONDS = 10.0
REPORT_SECONDS = 10.0
PORT_TRIES = 3
LOG_TAIL_CHARACTERS = 2000


class ServiceError(RuntimeError):
    """A service that did not come up or could not be found; the message holds the end of its log."""


def wait_until(
    ready: Callable[[], bool],
    *,
    seconds: float,
    what: str,
    every: float = 0.05,
    report: Callable[[float], None] | None = None,
) -> None:
    """Returns as soon as `ready()`; raises `ServiceError` after `seconds`.

    `report` is called every ten seconds with the seconds waited.
    """
    began = time.monotonic()
    report_at = REPORT_SECONDS
    while not ready():
        waited = time.monotonic() - began
        if waited > seconds:
            raise ServiceError(f"{what}: not ready after {seconds:.0f} s")
        if report is not None and waited >= report_at:
            report(waited)
            report_at += REPORT_SECONDS
        time.sleep(every)


@dataclass(slots=True, kw_only=True)
class Child:
    """One process. Leaving the context stops it; a parent that dies takes it along (PR_SET_PDEATHSIG),
    and so does the thread that started it: start processes from threads that live as long as they should.

    `inherits`: file descriptors of this process that it gets under the same numbers, such as a bound socket.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    user: str | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    inherits: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Starts it and returns at once; wait for readiness by a condition of your own."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_wrapper(self.user), *self.argv],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=None if self.env is None else {**os.environ, **self.env},
                cwd=self.cwd,
                pass_fds=tuple(self.inherits),
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        """The process id; raises when it was never started."""
        if self.process is None:
            raise ServiceError(f"{self.name}: was not started")
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return None if self.process is None else self.process.poll()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def wait_for(
        self, ready: Callable[[], bool], *, seconds: float = 30.0, report: Callable[[float], None] | None = None
    ) -> None:
        """Waits for a condition; an early death raises at once with the end of the log."""

        def ready_or_dead() -> bool:
            self.check()
            return ready()

        wait_until(ready_or_dead, seconds=seconds, what=f"{self.name} (log: {self.log})", report=report)

    def wait(self, seconds: float) -> int | None:
        """Wait until it has ended by itself and return its exit code; None while it still runs after `seconds`."""
        return self.returncode if self._reap(seconds) else None

    def check(self) -> None:
        """Raise `ServiceError` with the path and the end of the log when the process has ended."""
        if not self.is_running:
            raise ServiceError(f"{self.name}: ended with {self.returncode} (log: {self.log})\n{self.tail()}")

    def tail(self) -> str:
        """The end of what it printed."""
        return self.log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:] if self.log.exists() else ""

    def kill(self) -> None:
        """SIGKILL to it and its own children, as a power cut would; returns when all of them are gone."""
        children = _children_of(self.pid) if self.is_running else []
        self._signal_group(signal.SIGKILL)
        for child in children:
            # PostgreSQL's have sessions of their own, so the group's signal does not reach them.
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._reap(STOP_SECONDS)
        wait_until(lambda: not any(map(_is_alive, children)), seconds=STOP_SECONDS, what=f"end of {self.name}")

    def freeze(self) -> None:
        """SIGSTOP: alive, but deaf and mute."""
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """End a freeze with SIGCONT."""
        self._signal_group(signal.SIGCONT)

    def stop(self, seconds: float = STOP_SECONDS) -> int | None:
        """Asks it to end, kills it when it does not, and returns its exit code."""
        if self.is_running:
            os.kill(self.pid, self.stop_signal)
            if not self._reap(seconds):
                self.kill()
        return self.returncode

    def __enter__(self) -> Self:
        """Starts it."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Stops it."""
        self.stop()

    def _signal_group(self, number: signal.Signals) -> None:
        if self.is_running:
            os.killpg(self.pid, number)

    def _reap(self, seconds: float) -> bool:
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def _children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_alive(pid: int) -> bool:
    """A zombie is dead: it holds no memory, file or socket any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass(slots=True, kw_only=True)
class Service(ABC):
    """A server of our own in one child process; a context that starts and stops it."""

    folder: Path
    port: int = 0
    child: Child | None = None

    @abstractmethod
    def start(self) -> Self:
        """Starts it (again) and returns once it serves."""

    def start_on_port(self, run: Callable[[], None]) -> None:
        """Call `run` with `port` set: to the port of before, else to a free one.

        Another program may bind a free port before the server does; then another one is chosen.
        """
        if self.port:
            run()
            return
        for tries_left in reversed(range(PORT_TRIES)):
            self.port = free_port()
            try:
                run()
            except ServiceError as error:
                if not tries_left or "in use" not in str(error):
                    raise
            else:
                return

    def kill(self) -> None:
        """SIGKILL to all of it."""
        if self.child is not None:
            self.child.kill()

    def stop(self) -> None:
        """Shut the service down cleanly."""
        if self.child is not None:
            self.child.stop()

    def remove(self) -> None:
        """Deletes its folder, which may lie outside of the one that was wanted (`folder_for`)."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Starts it."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Stops it, and takes away a folder that lies where nobody else would look for it."""
        self.stop()
        if is_outside(self.folder):
            self.remove()


def _wrapper(user: str | None) -> list[str]:
    """`setpriv` of util-linux drops to a user (as root) and ties the child's life to ours.

    The tie is to the thread that starts it: start children from threads that last.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    return [setpriv, *drop_to(user)[1:-1], "--pdeathsig", "TERM", "--"]
