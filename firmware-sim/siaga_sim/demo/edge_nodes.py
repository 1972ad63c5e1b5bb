"""The simulated devices and the edge nodes that look after them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from siaga_sim.demo.cloud import write_private
from siaga_sim.demo.layout import DemoError, Layout, program
from siaga_sim.demo.summary import OutboxCounts
from siaga_sim.stack.child import Child

READY_SECONDS = 300.0  # on a machine with other work
# Short, so that what the story delays on purpose is sent again before the story is over.
RESEND_AFTER_SECONDS = 4.0


@dataclass(slots=True, kw_only=True)
class Devices:
    """`siaga-sim city`: gauges and cameras that wait for the story to begin. `enter`: words before the command."""

    layout: Layout
    story: str
    seconds: float
    enter: Sequence[str] = ()
    child: Child | None = None

    def start(self) -> dict[str, Any]:
        """Starts them, held before the story's first moment, and says where everything is."""
        state_file = self.layout.logs / "devices.json"
        words = ["city", self.story, "--seconds", f"{self.seconds:g}", "--hold", "--state-file", str(state_file)]
        self.child = Child(
            name="devices", argv=[*self.enter, program("siaga-sim"), *words], log=self.layout.log("devices"), env=_SLIM
        ).start()
        self.child.wait_for(state_file.exists, seconds=READY_SECONDS)
        state: dict[str, Any] = json.loads(state_file.read_text())
        return state

    def children(self) -> list[Child]:
        """The process of the devices, once it has started."""
        return [self.child] if self.child is not None else []

    def begin(self) -> None:
        """Lets the story run."""
        if self.child is not None:
            os.kill(self.child.pid, signal.SIGUSR1)

    def stop(self) -> None:
        """Stop the process of the devices."""
        if self.child is not None:
            self.child.stop()


@dataclass(slots=True, kw_only=True)
class EdgeNodes:
    """One `siaga-edge run` for each node of the story. `enter`: words before each command.

    `fleet_key`: the public key of the city, whose commands the nodes accept.
    """

    layout: Layout
    nodes: Sequence[Mapping[str, Any]]
    broker_port: int
    passwords: Mapping[str, str] = field(repr=False)
    broker_host: str = "127.0.0.1"
    fleet_key: Path | None = None
    enter: Sequence[str] = ()
    children: dict[str, Child] = field(default_factory=dict)

    def start(self) -> None:
        """Writes each node's NODE.toml and starts its agent."""
        for node in self.nodes:
            name = node["node"]["name"]
            write_private(self.layout.node(name) / "password", self.passwords[name] + "\n")
            write_private(self._file(name), tomli_w.dumps(self._settings(node)))
            self.start_one(name)

    def start_one(self, name: str) -> None:
        """Starts the agent of one node, again where it has ended."""
        self.children[name] = Child(
            name=name,
            argv=[*self.enter, program("siaga-edge"), "run", str(self._file(name))],
            log=self.layout.log(f"edge-{name}"),
            env=_SLIM,
        ).start()

    def stop(self) -> None:
        """Asks all of them to end, then waits for each."""
        for child in self.children.values():
            if child.is_running:
                os.kill(child.pid, signal.SIGTERM)
        for child in self.children.values():
            child.stop()

    def sent(self) -> list[OutboxCounts]:
        """What each outbox has counted so far."""
        return [self._query(name) for name in self.children]

    def _query(self, name: str) -> OutboxCounts:
        done = subprocess.run(
            [program("siaga-edge"), "status", str(self._file(name)), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"siaga-edge status {name} failed:\n{done.stderr}")
        status = json.loads(done.stdout)
        return OutboxCounts(node=name, sent=status["sent"], waiting=status["waiting"], evicted=status["evicted"])

    def _file(self, name: str) -> Any:
        return self.layout.node(name) / "node.toml"

    def _settings(self, node: Mapping[str, Any]) -> dict[str, Any]:
        folder = self.layout.node(node["node"]["name"])
        return {
            **node,
            "node": {**node["node"], "data_dir": str(folder)},
            "broker": {
                "host": self.broker_host,
                "port": self.broker_port,
                "password_file": str(folder / "password"),
            },
            "outbox": {"resend_after_seconds": RESEND_AFTER_SECONDS, "min_free_bytes": "16MiB"},
            "health": {"every_seconds": 10},
            **({} if self.fleet_key is None else {"fleet": {"key_file": str(self.fleet_key)}}),
        }


# One thread each for the numeric libraries: several programs share the machine's few cores.
_SLIM = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
