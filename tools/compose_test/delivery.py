"""Checks that what nodes sent is what the database has, also after programs were killed."""

from __future__ import annotations

import json
import os
import signal

from tools.compose_test.commands import CheckError, run, wait_for
from tools.compose_test.stack import NODES, Stack

LEAST_MESSAGES = 15
_LEDGER = "SELECT node_id, highest_seq, stored, duplicate, dead + quarantined + evicted, missing FROM node_ledger"
_KILLED = ("ingest-1", "broker", "db", "worker-1", "api", "front-door")


def sent_by(stack: Stack, node: str) -> dict[str, int]:
    """Return the counts of a node's own outbox."""
    words = ["siaga-edge", "status", f"/etc/siaga/nodes/{node}.toml", "--json"]
    found: dict[str, int] = json.loads(stack.compose("exec", "-T", f"edge-{node}", *words))
    return found


def stored_of(stack: Stack) -> dict[str, tuple[int, int]]:
    """Return stored and missing by node."""
    return {row[0]: (int(row[2]), int(row[5])) for row in stack.sql(_LEDGER)}


def nothing_lost(stack: Stack) -> str:
    """Return how many messages were sent and stored; every node is compared with its own outbox, all counts equal."""
    wait_for(
        lambda: all(sent_by(stack, node)["sent"] >= LEAST_MESSAGES for node in NODES),
        seconds=300,
        what=f"{LEAST_MESSAGES} messages of each node",
    )
    total = 0
    for node in NODES:
        wait_for(lambda node=node: _is_equal(stack, node), seconds=120, what=f"{node}: sent is stored")  # type: ignore[misc]
        total += stored_of(stack)[node][0]
    return f"{total} messages of {len(NODES)} nodes sent and stored, 0 missing"


def _is_equal(stack: Stack, node: str) -> bool:
    """Compare between two readings of the outbox, because the node goes on sending."""
    before = sent_by(stack, node)
    stored, missing = stored_of(stack).get(node, (0, 0))
    after = sent_by(stack, node)
    return missing == 0 and before["sent"] - before["waiting"] <= stored <= after["sent"] and after["waiting"] < 5


def killed(stack: Stack) -> str:
    """Kill the first process of one program after the other, as a crash does; each is back and nothing was lost."""
    times = []
    for service in _KILLED:
        container = stack.container(service)
        pid = int(run(["docker", "inspect", "--format", "{{.State.Pid}}", container]))
        os.kill(pid, signal.SIGKILL)
        seconds = wait_for(
            lambda container=container, pid=pid: _is_back(container, pid),  # type: ignore[misc]
            seconds=240,
            what=f"{service} is back",
        )
        times.append(f"{service} {seconds:.0f} s")
    wait_for(lambda: not stack.not_ready(), seconds=300, what="all healthy after the kills")
    return f"healthy again after {', '.join(times)}; {nothing_lost(stack)}"


def _is_back(container: str, earlier_pid: int) -> bool:
    state = run(["docker", "inspect", "--format", "{{.State.Pid}} {{.State.Health.Status}}", container]).split()
    return int(state[0]) not in (0, earlier_pid) and state[1] == "healthy"


def seen_by_people(stack: Stack) -> str:
    """Return how many gauges have a level at the front door, and how old the published state is."""
    address = f"http://127.0.0.1:{stack.ports['http']}/api/v1/gauges"
    gauges = json.loads(run(["curl", "--silent", "--fail", address]))
    items = gauges["items"] if isinstance(gauges, dict) else gauges
    with_level = [one for one in items if one.get("level_cm") is not None]
    if not with_level:
        raise CheckError(f"none of {len(items)} gauges has a level")
    return f"{len(with_level)} of {len(items)} gauges have a level"
