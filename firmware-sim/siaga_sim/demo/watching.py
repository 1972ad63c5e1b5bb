"""Someone who has the page open: how long after a gauge sample does the page hear of it?"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

log = logging.getLogger("siaga_sim.demo.watching")

RETRY_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class PageWatcher:
    """Reads the live stream as an operator's browser would, and stores the delay of gauge changes in milliseconds."""

    url: str
    token: str
    delays_ms: list[float] = field(default_factory=list)
    changes: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Opens the stream and reopens it when it breaks."""
        self._thread = threading.Thread(target=self._watch, name="page watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the page and end the thread."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_once()
            except (httpx.HTTPError, OSError) as error:
                if not self._stop.is_set():
                    log.warning("live stream interrupted: %s", error)
            self._stop.wait(RETRY_SECONDS)

    def _read_once(self) -> None:
        timeout, headers = httpx.Timeout(10.0, read=60.0), {"Authorization": f"Bearer {self.token}"}
        with httpx.stream("GET", f"{self.url}/api/v1/live", headers=headers, timeout=timeout) as stream:
            kind = ""
            for line in stream.iter_lines():
                if self._stop.is_set():
                    return
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    self._receive(kind, json.loads(value))

    def _receive(self, kind: str, change: dict[str, str]) -> None:
        self.changes += 1
        if kind == "gauge" and change.get("at"):
            measured_at = datetime.fromisoformat(change["at"])
            self.delays_ms.append((datetime.now(UTC) - measured_at).total_seconds() * 1000)
