"""What the run asks of a cluster: three nodes behind one port, each of which can be killed and started again."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from benchmarks.cluster.balancer import Balancer

from siaga_sim.stack.broker import Broker
from siaga_sim.stack.child import Child, ServiceError, wait_until
from siaga_sim.stack.ports import free_port

NODES = 3
# A node of RabbitMQ that was killed takes two minutes to come back where the machine is busy.
READY_SECONDS = 300.0


@dataclass(slots=True, kw_only=True)
class Cluster(Broker):
    """A broker of three nodes. `ports`: their own MQTT ports; `port` is the balancer's."""

    logs: Path
    ports: Sequence[int] = field(default_factory=lambda: tuple(free_port() for _ in range(NODES)))
    members: dict[int, Child] = field(default_factory=dict)
    balancer: Balancer | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Write the configuration of all members once."""

    @abstractmethod
    def start_node(self, number: int) -> None:
        """Starts node 0, 1 or 2 (again); returns at once."""

    @abstractmethod
    def is_whole(self) -> bool:
        """Whether all nodes serve and know each other."""

    def start(self) -> Self:
        """All three, and the balancer."""
        self.prepare()
        for number in range(NODES):
            self.start_node(number)
        self.wait_whole()
        self.balancer = Balancer(folder=self.folder / "balancer", nodes=self.ports).start()
        self.port = self.balancer.port
        return self

    def wait_whole(self) -> None:
        """Returns once all nodes serve."""
        wait_until(self._whole_or_dead, seconds=READY_SECONDS, what="three nodes", every=2.0)

    def kill_node(self, number: int) -> None:
        """SIGKILL to one node."""
        self.members[number].kill()

    def kill(self) -> None:
        """Kill all members with SIGKILL."""
        for member in self.members.values():
            member.kill()

    def stop(self) -> None:
        """All down. Nothing of it is used again, so nobody waits for a clean end."""
        if self.balancer is not None:
            self.balancer.stop()
        self.kill()

    def remove(self) -> None:
        """Deletes its folders; what the nodes said stays beside them."""
        stored = self.logs
        stored.mkdir(exist_ok=True)
        for log in self.folder.glob("*.log"):
            shutil.copy(log, stored)
        if self.balancer is not None:
            self.balancer.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _whole_or_dead(self) -> bool:
        for member in self.members.values():
            if not member.is_running:
                raise ServiceError(f"{member.name}: ended with {member.returncode}\n{member.tail()}")
        return self.is_whole()
