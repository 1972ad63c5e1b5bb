"""Gives each program the share of a busy processor that docker-compose.yml gives its container, as Docker does.

Without it the kernel shares a core equally among sessions, of which each program and each connection of the database
has one: the more work waits for the worker, the less is left to answer people.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import yaml

from siaga_sim.demo.layout import REPOSITORY

USUAL: Final = 1024  # what a container gets without a word
_CPU: Final = Path("/sys/fs/cgroup/cpu")  # of cgroup version 1
_UNIFIED: Final = Path("/sys/fs/cgroup")  # of version 2
# Programs of the benchmark that the compose file calls otherwise.
_SERVICES: Final = {"postgres": "db", "ingest": "ingest-1", "worker": "worker-1"}


def shares_of_compose() -> dict[str, int]:
    """Return the share of each service."""
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text("utf-8"))["services"]
    return {name: int(one.get("cpu_shares", USUAL)) for name, one in services.items()}


@dataclass(frozen=True, slots=True)
class Shares:
    """The groups of one run. `folder`: None where this machine lets nobody make groups."""

    folder: Path | None
    of_service: Mapping[str, int]

    def give(self, name: str, pid: int) -> None:
        """Put a program with all its processes into the group of its service; later ones inherit it."""
        if self.folder is None:
            return
        group = self.folder / name
        if not group.exists():
            group.mkdir()
            self._weigh(group, self.of_service.get(_SERVICES.get(name, name), USUAL))
        parent = psutil.Process(pid)
        for one in [parent, *parent.children(recursive=True)]:
            with suppress(ProcessLookupError):
                (group / "cgroup.procs").write_text(str(one.pid))

    def _weigh(self, group: Path, shares: int) -> None:
        if (group / "cpu.shares").exists():
            (group / "cpu.shares").write_text(str(shares))
        else:  # as runc converts it
            (group / "cpu.weight").write_text(str(max(1, 1 + (shares - 2) * 9999 // 262142)))


@contextmanager
def groups() -> Iterator[Shares]:
    """Make a folder of groups for the block; programs that are still in them move to the one above."""
    root = _CPU if (_CPU / "cpu.shares").exists() else _UNIFIED
    folder = root / f"siaga-crowd-{os.getpid()}"
    try:
        folder.mkdir()
        if root is _UNIFIED:
            (folder / "cgroup.subtree_control").write_text("+cpu")
    except OSError:
        folder.rmdir() if folder.exists() else None
        yield Shares(None, {})
        return
    try:
        yield Shares(folder, shares_of_compose())
    finally:
        for group in [*filter(Path.is_dir, folder.iterdir()), folder]:
            _remove(group, root)


def _remove(group: Path, root: Path) -> None:
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (root / "cgroup.procs").write_text(pid)
    with suppress(OSError):
        group.rmdir()
