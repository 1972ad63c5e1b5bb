"""One node with gauges whose servers are killed, frozen and brought back: what it says of each loss, and its memory."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression

import psutil
from tests.support.edge_io import EdgeProcess, FakeCloud

from siaga_core.wire.messages import EventState, Hazard
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.child import free_port

NODE = "node-a"
PASSWORDS = {NODE: "soak", INGEST_USER: "soak-too"}
SERVER = Path(__file__).with_name("server.py")
_LOOK_SECONDS = 0.1
_RSS_EVERY_SECONDS = 5.0
_WARM_UP_SECONDS = 60.0


@dataclass(slots=True)
class Fault:
    """A server that was taken away: seconds of one monotonic clock."""

    gauge: str
    kind: str
    began: float
    returned: float | None = None
    told_unknown: float | None = None
    told_back: float | None = None


class Server:
    """One gauge's server; at most one fault at a time."""

    def __init__(self, gauge: str) -> None:
        self.gauge, self.port = gauge, free_port()
        self.fault: Fault | None = None
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(SERVER), str(self.port)])

    def fail(self, kind: str) -> Fault:
        """`killed` or `frozen`."""
        self._process.send_signal(signal.SIGKILL if kind == "killed" else signal.SIGSTOP)
        self.fault = Fault(self.gauge, kind, time.monotonic())
        return self.fault

    def come_back(self) -> None:
        """Starts again, or goes on."""
        if self.fault is None:
            return
        if self.fault.kind == "killed":
            self._process.wait(5)
            self._process = self._start()
        else:
            self._process.send_signal(signal.SIGCONT)
        self.fault.returned, self.fault = time.monotonic(), None

    def close(self) -> None:
        self._process.kill()
        self._process.wait(5)


@dataclass(slots=True)
class Told:
    """What the cloud was told, and the node's memory."""

    faults: list[Fault] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MiB
    readings: int = 0

    def unknown_after(self) -> list[float]:
        """Seconds from each loss to the word `unknown`; infinite where it never came."""
        return [(each.told_unknown or float("inf")) - each.began for each in self.faults]

    def back_after(self) -> list[float]:
        """Seconds from each return to the word that it is back."""
        gone = [each for each in self.faults if each.returned is not None]
        return [(each.told_back or float("inf")) - (each.returned or 0.0) for each in gone]

    def rss_slope_mib_per_hour(self) -> float:
        """After the warm-up."""
        warm = [(second, mib) for second, mib in self.rss if second > min(_WARM_UP_SECONDS, self.rss[-1][0] / 3)]
        return float(linear_regression(*zip(*warm, strict=True)).slope) * 3600


class Soak:
    """Servers, a broker, a cloud that acknowledges, and a node as a process of its own."""

    def __init__(self, folder: Path, *, gauges: int = 8, stale_seconds: float = 5.0) -> None:
        self.told = Told()
        self._seen: set[tuple[object, EventState]] = set()
        self._stack = ExitStack()
        self.servers = [Server(f"gauge-{number}") for number in range(gauges)]
        for server in self.servers:
            self._stack.callback(server.close)
        broker = self._stack.enter_context(Broker(folder=folder / "mosquitto", logins=PASSWORDS))
        self.cloud = self._stack.enter_context(FakeCloud(broker, PASSWORDS[INGEST_USER]))
        node_file = _node_file(folder, self.servers, broker.port, stale_seconds)
        self.edge = self._stack.enter_context(EdgeProcess(node_file))
        self._began = time.monotonic()
        self._process = psutil.Process(self.edge.process.pid)

    def close(self) -> None:
        self._stack.close()

    def fail(self, server: Server, kind: str) -> None:
        self.told.faults.append(server.fail(kind))

    def look(self) -> None:
        """Notes what the cloud was told since the last look, and now and then the memory."""
        now = time.monotonic()
        for event in self.cloud.events():
            if event.hazard is not Hazard.VIEW_LOST or (event.event_id, event.state) in self._seen:
                continue
            self._seen.add((event.event_id, event.state))
            self._note(event.source.id, event.state, now)
        if not self.told.rss or now - self._began - self.told.rss[-1][0] > _RSS_EVERY_SECONDS:
            self.told.rss.append((now - self._began, self._process.memory_info().rss / 2**20))
        time.sleep(_LOOK_SECONDS)

    def _note(self, gauge: str, state: EventState, now: float) -> None:
        for fault in self.told.faults:
            if fault.gauge == gauge and state is EventState.BEGAN and fault.told_unknown is None:
                fault.told_unknown = now
                return
            if fault.gauge == gauge and state is EventState.ENDED and fault.told_back is None:
                fault.told_back = now
                return

    def wait(self, until: float) -> None:
        while time.monotonic() < until:
            self.look()

    def run(self, seconds: float, *, chance: random.Random) -> None:
        """Random faults of random length; the last ones are over in time to be told."""
        end = time.monotonic() + seconds
        turns = {server: time.monotonic() + chance.uniform(15, 45) for server in self.servers}
        while time.monotonic() < end:
            for server, turn in turns.items():
                if time.monotonic() < turn:
                    continue
                if server.fault is not None:
                    server.come_back()
                    turns[server] = time.monotonic() + chance.uniform(20, 60)
                elif time.monotonic() < end - 60:
                    self.fail(server, chance.choice(["killed", "frozen"]))
                    turns[server] = time.monotonic() + chance.uniform(12, 40)
            self.look()


def _node_file(folder: Path, servers: list[Server], broker_port: int, stale_seconds: float) -> Path:
    (folder / "password").write_text(PASSWORDS[NODE])
    path = folder / "node.toml"
    path.write_text(f"""
[node]
name = "{NODE}"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {broker_port}
password_file = "password"
[outbox]
min_free_bytes = 0
""")
    with path.open("a") as file:
        for server in servers:
            file.write(f"""
[[gauge]]
id = "{server.gauge}"
place = {{ lat = -6.2, lon = 106.8 }}
limits = {{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }}
stale_seconds = {stale_seconds}
source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {server.port} }}
""")
    return path
