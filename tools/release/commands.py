"""Runs the commands of a release, with their output in a log."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / ".run" / "release" / "commands.log"


class CommandError(Exception):
    """A command failed; the text has the end of its output."""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    umask: int = 0o022,
) -> bytes:
    """Return the standard output of a command; raises `CommandError`."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env, input=stdin, capture_output=True, check=False, umask=umask)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(words)}\n".encode() + done.stderr + f"[exit {done.returncode}]\n".encode())
    if done.returncode:
        ending = (done.stderr or done.stdout).decode(errors="replace").strip()[-600:]
        raise CommandError(f"{' '.join(words[:5])}: exit code {done.returncode}: {ending}")
    return done.stdout


def text(command: Sequence[str | Path], *, cwd: Path = ROOT) -> str:
    """Return the standard output of a command as text without its last line break."""
    return run(command, cwd=cwd).decode().strip()
