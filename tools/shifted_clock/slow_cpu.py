"""A group of processes (cgroup, version 1 or 2) that gets a share of the CPU, and how slow that really is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PERIOD_US = 20_000
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
# So long that it matters little which of the workers started first and had the share of both for a moment.
_WORK = """
import time
wall, busy = time.monotonic(), time.process_time()
while time.process_time() - busy < 2:
    sum(number * number for number in range(100_000))
print((time.monotonic() - wall) / (time.process_time() - busy))
"""


class NoGroupError(RuntimeError):
    """This machine lets us make no group of processes."""


@contextmanager
def slow_group(times: float) -> Iterator[list[str]]:
    """Yields the words that start a command in a group with 1/`times` of all cores; removes the group at the end."""
    quota = round(PERIOD_US * (os.cpu_count() or 1) / times)
    is_v1 = (_V1 / "cpu.cfs_quota_us").exists() or (_V1 / "cgroup.procs").exists()
    group = (_V1 if is_v1 else _V2) / f"siaga-slow-{os.getpid()}"
    try:
        group.mkdir()
        if is_v1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
    except OSError as error:
        raise NoGroupError(f"no group of processes with less CPU: {error}") from error
    try:
        yield ["bash", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "slow"]
    finally:
        group.rmdir()


def measured_slowness(wrapper: Sequence[str]) -> float:
    """How many seconds a second of work takes in the group, with work on every core at once."""
    argv = [*wrapper, sys.executable, "-c", _WORK]
    workers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(os.cpu_count() or 1)]
    return min(float(worker.communicate()[0]) for worker in workers)
