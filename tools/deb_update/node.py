"""A Debian root with a systemd of its own, as the node of a city."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from siaga_sim.stack.child import wait_until

BOOT: Final = Path(__file__).with_name("boot.sh")
BOOT_SECONDS: Final = 60.0
STATE: Final = "var/lib/siaga-edge-update/state.json"


class NodeError(RuntimeError):
    """A command in the root failed; says which and what it printed."""


@dataclass(slots=True)
class Node:
    """The root at `root`. `power_on` boots it; `cut_power` ends all of its processes at once."""

    root: Path
    _boot: subprocess.Popen[bytes] | None = field(default=None)

    def power_on(self) -> None:
        """Boot systemd and wait until it follows commands."""
        words = ["unshare", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--kill-child"]
        log = self.root.with_name("boot.log").open("ab")
        self._boot = subprocess.Popen(
            ["setsid", *words, "sh", BOOT, self.root], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        wait_until(self._is_up, seconds=BOOT_SECONDS, what="systemd in the Debian root")

    def cut_power(self) -> None:
        """Kill every process of the root, as a power cut does."""
        if self._boot is None:
            return
        for pid in self._systemd():
            os.kill(pid, signal.SIGKILL)
        self._boot.kill()
        self._boot.wait(20)
        self._boot = None

    def run(self, *words: str) -> str:
        """Return what a command prints in the running root; raises `NodeError`."""
        inside = ["nsenter", "--target", str(self._systemd()[0]), "--mount", "--pid", "--cgroup", "--root", "--wd=/"]
        clean = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        done = subprocess.run([*inside, *clean, *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NodeError(
                f"{' '.join(words[:4])} ended with code {done.returncode}: {done.stderr[-500:]}{done.stdout[-500:]}"
            )
        return done.stdout

    def version(self) -> str:
        """The version that dpkg has installed, with its status."""
        return self.run("dpkg-query", "--show", "--showformat=${Version} ${Status}", "siaga-edge")

    def journal(self) -> str:
        """The last lines of agent and installer."""
        return self.run("journalctl", "--no-pager", "--lines=30", "-u", "siaga-edge", "-u", "siaga-edge-update")

    @property
    def updates(self) -> bool:
        """Whether an update is under way."""
        return (self.root / STATE).exists()

    def _is_up(self) -> bool:
        if self._boot is not None and self._boot.poll() is not None:
            raise NodeError(f"systemd ended: {self.root.with_name('boot.log').read_text()[-1000:]}")
        if not self._systemd():
            return False
        try:
            self.run("systemctl", "list-units", "--no-pager")
        except NodeError:
            return False
        return True

    def _systemd(self) -> list[int]:
        """The process of systemd in this root."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                is_ours = (folder / "root").readlink() == self.root
            except OSError:
                continue
            if words[0] == b"/lib/systemd/systemd" and is_ours and b"--show-status=no" in words:
                found.append(int(folder.name))
        return found
