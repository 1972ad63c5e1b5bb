"""A stolen node: it has a node's password, speaks for gauges that are not its own, and is caught and blocked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from siaga_sim.actors.requests import answer, client
from siaga_sim.actors.wire_node import BrokerAccess, Node, WireNode
from siaga_sim.story import StoryClock

log = logging.getLogger("siaga_sim.demo.thief")

STOLEN_NODE = "kotak-hilang"
ROUND_SECONDS = 3.0
# Levels far over Siaga 1, of gauges of other nodes.
LIES = (("katulampa", 320.0), ("manggarai", 1090.0))


@dataclass(slots=True, kw_only=True)
class Thief:
    """Lies in rounds until stopped, also after it was blocked."""

    access: BrokerAccess
    begins_at_seconds: float
    clock: StoryClock
    stop: threading.Event

    def run(self) -> None:
        """Wait for the moment of the story, connect and lie."""
        if self.clock.is_stopped_before(self.begins_at_seconds, self.stop):
            return
        node = WireNode(Node(name=STOLEN_NODE, gauges=tuple(name for name, _ in LIES), cameras=()), self.access)
        node.start()
        while not self.stop.wait(ROUND_SECONDS):
            node.send_levels(LIES, datetime.now(UTC))
        node.stop()


@dataclass(slots=True, kw_only=True)
class Guard:
    """The administrator: blocks a node that reports what belongs to others."""

    url: str
    token: str = field(repr=False)
    stop: threading.Event
    log_line: Callable[[str], None]

    def run(self) -> None:
        """Look at the refused sources until the thief is blocked."""
        with client(self.url, token=self.token) as http:
            while not self.stop.wait(ROUND_SECONDS):
                try:
                    if self._block(http):
                        self.log_line(f"The node {STOLEN_NODE} reported gauges of others, was refused and is blocked")
                        return
                except httpx.HTTPError as error:
                    log.warning("administrator: %s", error)

    @staticmethod
    def _block(http: httpx.Client) -> bool:
        refused = answer(http.get("/api/v1/admin/sources/refused"))
        if not any(one["node_id"] == STOLEN_NODE for one in refused):
            return False
        reason = {"blocked": True, "reason": "melaporkan pos pantau milik perangkat lain"}
        answer(http.post(f"/api/v1/admin/nodes/{STOLEN_NODE}/block", json=reason))
        return True
