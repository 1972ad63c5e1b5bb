"""Checks that the front door divides people between two processes of the API, and that one alone serves all."""

from __future__ import annotations

import re
from dataclasses import replace

from tools.compose_test.commands import CheckError, run
from tools.compose_test.stack import Stack

_CLIENTS = 40
# A route has braces of its own: route="/open311/v2/services.{fmt}".
_COUNT = re.compile(r"^siaga_http_requests_total\{.*\} ([0-9.e+]+)$", re.MULTILINE)
_READ = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/metrics', timeout=5).read().decode())"


def divided(stack: Stack) -> str:
    """Add the second process, ask as many clients do, stop one, ask again; the deployment is then as it was."""
    wide = replace(stack, extra={"SIAGA_API_ORIGIN": "origin-scale-out"})
    wide.up("api", "api-2", "front-door", profile="scale-out")
    try:
        served = _served(wide)
        wide.compose("stop", "api", profile="scale-out")
        _request(wide)
    finally:
        wide.compose("rm", "--stop", "--force", "api-2", profile="scale-out")
        stack.up()
    counts = ", ".join(f"{name} {count:.0f}" for name, count in served.items())
    return f"{_CLIENTS} clients: {counts} (with its health checks); with one stopped, all answered"


def _served(wide: Stack) -> dict[str, float]:
    """Return how many requests each process answered; raises where one had hardly any."""
    before = {name: _requests(wide, name) for name in ("api", "api-2")}
    _request(wide)
    served = {name: _requests(wide, name) - count for name, count in before.items()}
    if min(served.values()) < _CLIENTS / 8:
        raise CheckError(f"not divided: {served}")
    return served


def _request(stack: Stack) -> None:
    """Ask once as each of many clients; raises where one is not answered."""
    url = f"http://127.0.0.1:{stack.ports['http']}/open311/v2/services.json?client="
    for number in range(1, _CLIENTS + 1):
        words = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20", "--output", "/dev/null"]
        run([*words, "--header", f"X-Forwarded-For: 203.0.113.{number}", f"{url}{number}"])


def _requests(stack: Stack, service: str) -> float:
    """Return how many requests a process has answered, its own health checks among them."""
    found = stack.compose("exec", "-T", service, "python", "-c", _READ, profile="scale-out")
    return counted(found)


def counted(metrics: str) -> float:
    """Return the number of requests in the metrics of a process."""
    return sum(float(count) for count in _COUNT.findall(metrics))
