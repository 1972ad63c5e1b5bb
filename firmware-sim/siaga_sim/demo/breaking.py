"""What a visitor may break in a running demo, to see that nothing is lost and that what is unknown is shown so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siaga_sim.control import ControlError, query
from siaga_sim.demo.cloud import Cloud
from siaga_sim.demo.edge_nodes import EdgeNodes
from siaga_sim.stack.child import Child, ServiceError

CAMERA_SECONDS, NODE_SECONDS, BROKER_SECONDS = 60.0, 30.0, 15.0


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Breaks things and repairs each after a while; `log_line` states both. `control`: the socket of the devices.

    Whoever owns it calls `repair_due` about once a second, always from the thread that lives as long as the demo: a
    process ends with the thread that started it (PR_SET_PDEATHSIG).
    """

    cloud: Cloud
    edge_nodes: EdgeNodes
    control: Path
    camera: str
    node: str
    log_line: Callable[[str], None]
    _broken: dict[str, tuple[float, Callable[[], object]]] = field(default_factory=dict)
    _has_ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def actions(self) -> Mapping[str, tuple[str, Callable[[], str]]]:
        """What can be broken: name to what a button says and what it does."""
        return {
            "camera": (f"Cover the camera {self.camera} for {CAMERA_SECONDS:.0f} s", self.cover_camera),
            "node": (f"Kill the node {self.node} for {NODE_SECONDS:.0f} s", self.kill_node),
            "broker": (f"Kill the broker for {BROKER_SECONDS:.0f} s", self.kill_broker),
        }

    def cover_camera(self) -> str:
        """Put a bag over the lens: the camera does not see, and nothing may call that clear."""
        try:
            query({"name": self.camera, "kind": "covered", "seconds": CAMERA_SECONDS}, self.control)
        except ControlError as error:
            return f"the camera could not be covered: {error}"
        return self._state(f"The camera {self.camera} is covered for {CAMERA_SECONDS:.0f} s")

    def kill_node(self) -> str:
        """Cut the power of a node; it sends what it stored when it is back."""
        node = self.edge_nodes.children[self.node]
        return self._break(self.node, node.kill, lambda: self.edge_nodes.start_one(self.node), NODE_SECONDS)

    def kill_broker(self) -> str:
        """Kill the broker; nodes store their messages until it is back."""
        broker = self.cloud.broker
        return self._break("broker", broker.kill, broker.start, BROKER_SECONDS)

    def is_expected(self, child: Child) -> bool:
        """Whether a process has ended because a visitor ended it."""
        return child.name in self._broken

    def repair_due(self) -> None:
        """Start again what was broken long enough ago."""
        with self._lock:
            now = time.monotonic()
            for name in [name for name, (due, _) in self._broken.items() if now >= due]:
                self._repair(name)

    def end(self) -> None:
        """Start again whatever is broken; from now on nothing can be broken, as nobody would repair it."""
        with self._lock:
            self._has_ended = True
            for name in list(self._broken):
                self._repair(name)

    def _break(self, name: str, end: Callable[[], object], repair: Callable[[], object], seconds: float) -> str:
        with self._lock:
            if self._has_ended:
                return f"The demo is ending; {name} is not killed any more"
            if name in self._broken:
                return f"{name} is broken already"
            self._broken[name] = (time.monotonic() + seconds, repair)
            end()
        return self._state(f"{name} is killed; it starts again in {seconds:.0f} s")

    def _repair(self, name: str) -> None:
        _, repair = self._broken[name]
        try:
            repair()
            self._state(f"{name} runs again")
        except ServiceError as error:
            self._state(f"{name} does not start again: {error}")
        finally:
            del self._broken[name]

    def _state(self, words: str) -> str:
        self.log_line(words)
        return words
