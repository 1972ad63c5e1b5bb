"""How long it takes from a message's way out until a page hears of its reading."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime
from typing import Final

import httpx
from benchmarks.throughput.blaster import Blaster

from siaga_sim.demo.cloud import Cloud

VIEWER: Final = "bench.viewer"


def first_seen(cloud: Cloud, gauge: str, blaster: Blaster) -> list[float]:
    """Seconds for the messages of one node among all, from the socket until a page is told of it or of a later one."""
    seen: list[tuple[datetime, float]] = []
    ready = threading.Event()
    end = threading.Event()
    cloud.admin("admin", "user", "add", VIEWER, "--name", "Viewer", "--role", "operator")
    token = cloud.tokens([VIEWER])[VIEWER]

    def listen() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.stream("GET", f"{cloud.url}/api/v1/live", headers=headers, timeout=60) as answer:
            ready.set()
            for line in answer.iter_lines():
                if line.startswith("data:") and f'"{gauge}"' in line:
                    seen.append((datetime.fromisoformat(json.loads(line[5:])["at"]), time.monotonic()))
                if end.is_set():
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    ready.wait(10)
    sent = blaster.note(gauge)
    blaster.run()
    time.sleep(1)
    end.set()
    waits = (
        min((received - left for at, received in seen if at >= stamp), default=None) for stamp, left in sent.items()
    )
    return [wait for wait in waits if wait is not None]
