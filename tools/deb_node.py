"""Runs the unit of the package in a Debian root as systemd would: its command, its user, its notification.

`deb_node.py ROOT VERSION` ends with code 0 when the agent states that it is ready, its program has that version and its
outbox holds more messages than before; then it stops the agent as systemd does.
"""

from __future__ import annotations

import configparser
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNIT = "usr/lib/systemd/system/siaga-edge.service"
SECONDS = 120.0


def main(root: Path, version: str) -> None:
    """Run the agent until it is ready and has stored something."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(root / UNIT, encoding="utf-8")
    service = unit["Service"]
    found = inside(root, ["siaga-edge", "--version"]).strip()
    if version.split("+")[0] not in found:
        raise SystemExit(f"got {found}, expected version {version}")
    before = stored(root)
    inside(root, service["ExecStartPre"].split(), user=service["User"])
    address = root / "run" / "siaga-notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(address))
        address.chmod(0o777)
        notified.settimeout(SECONDS)
        agent = subprocess.Popen(
            command(root, service["ExecStart"].split(), user=service["User"], notify="/run/siaga-notify")
        )
        try:
            while b"READY=1" not in notified.recv(4096):
                pass
            until = time.monotonic() + SECONDS
            while stored(root) <= before and time.monotonic() < until and agent.poll() is None:
                time.sleep(0.5)
        finally:
            agent.send_signal(signal.SIGTERM)
            code = agent.wait(20)
    now = stored(root)
    print(f"{found}: ready, {now} messages in the outbox ({before} before), ended with code {code}")
    if now <= before or code != 0:
        raise SystemExit(1)


def stored(root: Path) -> int:
    """How many messages the outbox of the node has numbered; 0 before its first start."""
    status = subprocess.run(
        command(root, ["siaga-edge", "status", "/etc/siaga/node.toml", "--json"], user="siaga"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return int(json.loads(status.stdout)["sent"]) if status.returncode == 0 else 0


def inside(root: Path, words: list[str], *, user: str = "root") -> str:
    """The output of a command in the root; fails with it."""
    return subprocess.run(command(root, words, user=user), stdout=subprocess.PIPE, text=True, check=True).stdout


def command(root: Path, words: list[str], *, user: str, notify: str = "") -> list[str]:
    """A command in the root, by a user of the root."""
    environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "OMP_NUM_THREADS=1", "PYTHONDONTWRITEBYTECODE=1"]
    environment += [f"NOTIFY_SOCKET={notify}"] if notify else []
    return ["chroot", f"--userspec={user}:{user}", str(root), "/usr/bin/env", "-i", *environment, *words]


if __name__ == "__main__":
    os.umask(0o022)
    main(Path(sys.argv[1]), sys.argv[2])
