"""A line of real packets between this machine and a network namespace, which can be made bad."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from benchmarks.chaos import tun
from benchmarks.chaos.lane import FINE, Conditions

# For measurements between networks (RFC 2544), so nobody's own. Four addresses a line, by process.
_RANGE = ipaddress.ip_network("198.18.0.0/15")
ANSWER_SECONDS = 5.0


def why_not() -> str | None:
    """Why there can be no such line here; None where there can."""
    if os.geteuid():
        return "network namespaces need root"
    if not tun.DEVICE.exists():
        return f"there is no {tun.DEVICE}"
    done = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"no network namespaces: {done.stderr.strip()}"
    try:
        os.close(tun.opened(_addresses()[0]))
    except OSError as error:
        return f"no TUN device: {error}"
    return None


@dataclass(slots=True)
class Link:
    """`outer` is our address on it, `enter` the words before a command that is to run at its other end."""

    seed: int
    outer: str = ""
    inner: str = ""
    enter: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self.outer, self.inner = _addresses()
        outer = tun.opened(self.outer)
        words = [sys.executable, "-m", "benchmarks.chaos.forwarder", str(outer), self.inner, str(self.seed)]
        try:
            self._process = subprocess.Popen(
                ["unshare", "--net", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(outer,)
            )
        finally:
            os.close(outer)
        if self._received() != b"forwarding\n":
            raise OSError("the forwarder did not start")
        self.enter = ("nsenter", f"--net=/proc/{self._process.pid}/ns/net", "--")
        return self

    def __exit__(self, *_: object) -> None:
        process = self._run_tool()
        try:
            with suppress(OSError):
                process.communicate(timeout=ANSWER_SECONDS)  # closes its input
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def set(self, conditions: Conditions = FINE) -> list[dict[str, Any]]:
        """From now on; what became of packets until now, from here to there and back."""
        with self._lock:
            process = self._run_tool()
            assert process.stdin is not None  # noqa: S101 - a pipe of ours
            process.stdin.write(json.dumps(asdict(conditions)).encode() + b"\n")
            process.stdin.flush()
            found: list[dict[str, Any]] = json.loads(self._received())
            return found

    def _run_tool(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise OSError("the line is not up")
        return self._process

    def _received(self) -> bytes:
        out = self._run_tool().stdout
        return b"" if out is None else out.readline()


def _addresses() -> tuple[str, str]:
    first = _RANGE.network_address + os.getpid() % (_RANGE.num_addresses // 4) * 4
    return str(first + 1), str(first + 2)
