"""Runs wrk over a list of paths and reads what it prints."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SCRIPT: Final = """\
local paths = {{{paths}}}
local next_path = 0
function request()
  next_path = next_path % #paths + 1
  return wrk.format("GET", paths[next_path], {{["Host"] = "siaga.example", ["Accept-Encoding"] = "gzip"}})
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n{{"requests":%d,"seconds":%.3f,"bad_status":%d,"socket_errors":%d,"timeouts":%d,"p50_ms":%.2f,"p99_ms":%.2f}}\\n',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write, e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""
MARGIN_SECONDS: Final = 60
_RESULT: Final = re.compile(r'^\{"requests".*\}$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What wrk measured. `bad_status`: answers of 400 and above."""

    requests: int
    seconds: float
    bad_status: int
    socket_errors: int
    timeouts: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Requests that were answered in a second."""
        return self.requests / self.seconds


def command(
    url: str, paths: Sequence[str], *, connections: int, seconds: float, script: Path, enter: Sequence[str] = ()
) -> list[str]:
    """Write the script of a run and return the command of wrk."""
    script.write_text(_SCRIPT.format(paths=", ".join(json.dumps(path) for path in paths)), "utf-8")
    words = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:.0f}s"]
    return [*enter, *words, "--timeout", "20s", "--latency", "--script", str(script), url]


def run(
    url: str, paths: Sequence[str], *, connections: int, seconds: float, script: Path, enter: Sequence[str] = ()
) -> Load:
    """Load a server and return what came of it; raises RuntimeError where wrk fails."""
    words = command(url, paths, connections=connections, seconds=seconds, script=script, enter=enter)
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=seconds + MARGIN_SECONDS)
    return parsed(done.stdout + done.stderr)


def parsed(printed: str) -> Load:
    """Return what wrk printed; raises RuntimeError where it printed no result."""
    found = _RESULT.findall(printed)
    if not found:
        raise RuntimeError(f"wrk printed no result:\n{printed[-2000:]}")
    return Load(**json.loads(found[-1]))
