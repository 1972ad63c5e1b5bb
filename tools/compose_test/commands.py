"""Runs commands, with their output in a log, and waits for conditions."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / ".run" / "compose-test"


class CheckError(Exception):
    """A check did not hold, or a command failed; the text says which and how."""


def run(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    seconds: float = 900,
    expects: Sequence[int] = (0,),
    input_text: str | None = None,
) -> str:
    """Return the standard output of a command; raises `CheckError` with the end of its output where it fails."""
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, timeout=seconds, check=False, input=input_text
        )
    except subprocess.TimeoutExpired as error:
        raise CheckError(f"{' '.join(command[:8])}: not done after {seconds:.0f} s") from error
    with (OUT / "commands.log").open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}[exit {done.returncode}]\n")
    if done.returncode not in expects:
        ending = (done.stderr or done.stdout).strip()[-600:]
        raise CheckError(f"{' '.join(command[:8])}: exit code {done.returncode}: {ending}")
    return done.stdout


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Return after how many seconds a condition holds; raises `CheckError` where it does not in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise CheckError(f"{what}: not within {seconds:.0f} s")
        time.sleep(1)
    return time.monotonic() - began
