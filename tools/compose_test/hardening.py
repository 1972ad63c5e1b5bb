"""Checks what a container may do, from inside it."""

from __future__ import annotations

import json

from tools.compose_test.commands import CheckError, run
from tools.compose_test.stack import ONCE, Stack

_INSIDE_ONLY = ("db", "ingest-1", "publish")


def restrictions(stack: Stack) -> str:
    """Every container: an account without root, no capability, a read-only root, limits; the kernel's own words."""
    checked = 0
    for service, (state, _, _) in sorted(stack.states().items()):
        if service in ONCE or state != "running":
            continue
        found = json.loads(run(["docker", "inspect", stack.container(service)]))[0]
        host = found["HostConfig"]
        status = run(["cat", f"/proc/{found['State']['Pid']}/status"])
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        wrong = [
            *([] if lines["Uid"].split()[0] != "0" else ["runs as root"]),
            *([] if int(lines["CapEff"], 16) == 0 else [f"capabilities {lines['CapEff']}"]),
            *([] if lines["NoNewPrivs"].strip() == "1" else ["may gain privileges"]),
            *([] if host["ReadonlyRootfs"] else ["root file system is writable"]),
            *([] if host["Memory"] and host["PidsLimit"] and host["NanoCpus"] else ["no limits"]),
        ]
        if wrong:
            raise CheckError(f"{service}: {', '.join(wrong)}")
        checked += 1
    return f"{checked} containers without root, capabilities, new privileges and a writable root"


def isolation(stack: Stack) -> str:
    """Return that what is only `inside` has no route outside, while the API has one."""
    for service in _INSIDE_ONLY:
        if _has_route(stack, service):
            raise CheckError(f"{service} has a route to other networks")
    if not _has_route(stack, "api"):
        raise CheckError("api has no route to other networks, so this check proves nothing")
    return f"{', '.join(_INSIDE_ONLY)} have no route outside; api has"


def _has_route(stack: Stack, service: str) -> bool:
    routes = stack.compose("exec", "-T", service, "cat", "/proc/net/route").splitlines()[1:]
    return any(line.split()[1] == "00000000" for line in routes)


def closed_doors(stack: Stack) -> str:
    """Return that metrics are closed and the pages open at the front door."""
    address = f"http://127.0.0.1:{stack.ports['http']}"
    codes = {
        path: run(["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", address + path])
        for path in ("/", "/api/v1/gauges", "/metrics")
    }
    if codes["/"] != "200" or codes["/api/v1/gauges"] != "200" or codes["/metrics"] == "200":
        raise CheckError(f"got {codes}, expected 200, 200 and anything but 200 for /metrics")
    return f"pages 200, API 200, metrics {codes['/metrics']}"
