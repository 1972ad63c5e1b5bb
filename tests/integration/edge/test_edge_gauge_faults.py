"""Eight gauges whose servers die or freeze together: each loss is told, and each return. The long run is
benchmarks/soak.py."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.gauges.soak import Soak
from tests.support.edge.io import wait_for


def test_servers_that_die_or_freeze_are_unknown_within_ten_seconds_and_back_within_ten(tmp_path: Path) -> None:
    soak = Soak(tmp_path, stale_seconds=2.0)
    try:
        wait_for(lambda: all(soak.cloud.readings(server.gauge) for server in soak.servers), why=soak.edge.log)
        for number, server in enumerate(soak.servers):
            soak.fail(server, "killed" if number % 2 else "frozen")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not all(fault.reported_unknown for fault in soak.reported.faults):
            soak.look()
        assert max(soak.reported.unknown_after()) < 10, soak.edge.log()
        for server in soak.servers:
            server.come_back()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not all(fault.reported_back for fault in soak.reported.faults):
            soak.look()
        assert max(soak.reported.back_after()) < 10, soak.edge.log()
    finally:
        soak.close()
