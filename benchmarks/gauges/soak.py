"""One node whose devices are killed, frozen and brought back: what it says of each loss, and its memory."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil
from benchmarks.gauges.growth import Growth, floors, growth
from tests.support.edge.io import EdgeProcess, FakeCloud

from siaga_core.wire.messages import EventState, Hazard
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.ports import free_port

NODE = "node-a"
PASSWORDS = {NODE: "soak", INGEST_USER: "soak-too"}
SERVER = Path(__file__).with_name("server.py")
_NODE_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}  # packaging/siaga-edge.service
_LOOK_SECONDS = 0.1
_RSS_EVERY_SECONDS = 5.0
_WARM_UP_SECONDS = 300.0
_START_SECONDS = 120.0
PROMISED_SECONDS = 10.0  # within which a loss and a return are told
_SILENT = re.compile(r"^siaga_edge_(camera_frames|gauge_readings)_total\{.*\} 0\.0$", re.MULTILINE)
_UNKNOWN = re.compile(r"^siaga_edge_(camera|gauge)_unknown\{.*\} 1\.0$", re.MULTILINE)


@dataclass(slots=True)
class Fault:
    """A server that was taken away, or a view that was spoilt: seconds of one monotonic clock."""

    device: str
    kind: str
    began: float
    ends: float | None = None
    returned: float | None = None
    reported_unknown: float | None = None
    reported_back: float | None = None

    @property
    def may_pass_unseen(self) -> bool:
        """Who is back before anybody had to be told may never have been missed."""
        return self.kind == "restarted" or (self.returned or float("inf")) - self.began < PROMISED_SECONDS

    def is_over(self, now: float) -> bool:
        """Whether the next one can be told from it: it is back, and that was told or never had to be."""
        if self.returned is None:
            return False
        if self.reported_unknown is None:
            return now - self.returned >= PROMISED_SECONDS
        return self.reported_back is not None or now - self.returned >= 2 * PROMISED_SECONDS


class Device(Protocol):
    """What can be broken and mended; at most one fault at a time."""

    device: str
    kinds: tuple[str, ...]
    fault: Fault | None

    def fail(self, kind: str) -> Fault:
        """Breaks it in one of its kinds."""
        ...

    def come_back(self) -> None:
        """Begins to mend it."""
        ...

    def poll(self) -> None:
        """Notes when it is really back."""
        ...

    def close(self) -> None:
        """End the device and its connections."""
        ...


class Server:
    """One gauge's server."""

    kinds: tuple[str, ...] = ("killed", "frozen")

    def __init__(self, gauge: str) -> None:
        self.device, self.gauge, self.port = gauge, gauge, free_port()
        self.fault: Fault | None = None
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(SERVER), str(self.port)])

    def fail(self, kind: str) -> Fault:
        """Kill or freeze the server and return the fault."""
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

    def poll(self) -> None:
        """It is back at once."""

    def close(self) -> None:
        self._process.kill()
        self._process.wait(5)


@dataclass(slots=True)
class SoakResult:
    """What the cloud was told, and the node's memory. `unexplained`: called unknown without a fault of ours."""

    faults: list[Fault] = field(default_factory=list)
    rss: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MiB
    unexplained: list[tuple[str, float]] = field(default_factory=list)

    def unknown_after(self) -> list[float]:
        """Seconds from each loss to the word `unknown`; infinite where it never came and had to."""
        must = [each for each in self.faults if each.reported_unknown or not each.may_pass_unseen]
        return [(each.reported_unknown or float("inf")) - each.began for each in must]

    def back_after(self) -> list[float]:
        """Seconds from each return to the word that it is back."""
        gone = [each for each in self.faults if each.returned is not None and each.reported_unknown is not None]
        return [(each.reported_back or float("inf")) - (each.returned or 0.0) for each in gone]

    def note(self, device: str, state: EventState, now: float, *, began: float = 0.0) -> None:
        """Takes one word about a device. Ends come in order, each is of the first told loss that is not over."""
        own = [each for each in self.faults if each.device == device]
        if state is EventState.BEGAN:
            if own and own[-1].reported_unknown is None:
                own[-1].reported_unknown = now
            else:
                self.unexplained.append((device, now - began))
        elif state is EventState.ENDED:
            waiting = (each for each in own if each.reported_unknown is not None and each.reported_back is None)
            if (fault := next(waiting, None)) is not None:
                fault.reported_back = now

    def is_settled(self, device: str, now: float) -> bool:
        """Whether the device may be broken anew without mixing two faults up."""
        last = next((each for each in reversed(self.faults) if each.device == device), None)
        return last is None or last.is_over(now)

    def growth(self) -> Growth:
        """Of the memory after the warm-up."""
        return growth(floors(self.rss, warm_up_seconds=min(_WARM_UP_SECONDS, self.rss[-1][0] / 3)))


class Soak:
    """Devices, a broker, a cloud that acknowledges, and a node as a process of its own."""

    def __init__(self, folder: Path, *, gauges: int = 8, stale_seconds: float = 5.0, cameras: str = "") -> None:
        """`cameras` is TOML that is added to the node's file."""
        self.reported = SoakResult()
        self._seen: set[tuple[object, EventState]] = set()
        self._stack = ExitStack()
        self.servers = [Server(f"gauge-{number}") for number in range(gauges)]
        for server in self.servers:
            self._stack.callback(server.close)
        self.devices: list[Device] = list(self.servers)
        broker = self._stack.enter_context(Broker(folder=folder / "mosquitto", logins=PASSWORDS))
        self.cloud = self._stack.enter_context(FakeCloud(broker, PASSWORDS[INGEST_USER]))
        self._status_port = free_port()
        ports = {"broker": broker.port, "status": self._status_port}
        node_file = _node_file(folder, self.servers, ports, stale_seconds, cameras)
        self.edge = self._stack.enter_context(EdgeProcess(node_file, environment=_NODE_ENVIRONMENT))
        self._began = time.monotonic()
        self._process = psutil.Process(self.edge.process.pid)

    def close(self) -> None:
        self._stack.close()

    def fail(self, server: Device, kind: str) -> None:
        self.reported.faults.append(server.fail(kind))

    def look(self) -> None:
        """Notes what the cloud was told since the last look, and now and then the memory."""
        now = time.monotonic()
        if self.edge.process.poll() is not None:
            raise RuntimeError(f"the node ended with {self.edge.process.returncode}\n{self.edge.log()[-2000:]}")
        for device in self.devices:
            device.poll()
        for event in self.cloud.events():
            if event.hazard is not Hazard.VIEW_LOST or (event.event_id, event.state) in self._seen:
                continue
            self._seen.add((event.event_id, event.state))
            self.reported.note(event.source.id, event.state, now, began=self._began)
        if not self.reported.rss or now - self._began - self.reported.rss[-1][0] > _RSS_EVERY_SECONDS:
            self.reported.rss.append((now - self._began, self._process.memory_info().rss / 2**20))
        time.sleep(_LOOK_SECONDS)

    def cpu_seconds(self) -> float:
        """Processor time that the node has used."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def settle(self, *, quiet_seconds: float = 10.0) -> None:
        """Waits until everything has been seen for a while; what was told until then is the node's start."""
        deadline, quiet_since = time.monotonic() + _START_SECONDS, time.monotonic()
        while time.monotonic() - quiet_since < quiet_seconds:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the node does not see everything\n{self.edge.log()[-2000:]}")
            self.look()
            if not self._sees_all():
                quiet_since = time.monotonic()
        self.reported.unexplained.clear()
        self.reported.rss.clear()
        self._began = time.monotonic()

    def _sees_all(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._status_port}/metrics", timeout=5) as answer:
                reported = answer.read().decode()
        except OSError:
            return False
        return not _SILENT.search(reported) and not _UNKNOWN.search(reported) and "_unknown{" in reported

    def wait(self, until: float) -> None:
        while time.monotonic() < until:
            self.look()

    def run(
        self, seconds: float, *, chance: random.Random, quiet_seconds: float = 60.0, times_as_often: float = 1.0
    ) -> None:
        """Random faults of random length; the last ones are over in time to be told.

        `times_as_often` shortens the pauses, and the shortest of the faults. Nothing is broken anew before its last
        fault is over: a node that still waits for a camera says nothing when it is lost once more.
        """
        pause, shortest = (25 / times_as_often, 60 / times_as_often), 12 / times_as_often
        end = time.monotonic() + seconds
        turns = {device: time.monotonic() + chance.uniform(15, 45) for device in self.devices}
        while time.monotonic() < end:
            for device, turn in turns.items():
                if time.monotonic() < turn:
                    continue
                if device.fault is not None and device.fault.ends is None:
                    device.fault.ends = time.monotonic()
                    device.come_back()
                    turns[device] = time.monotonic() + chance.uniform(*pause)
                elif device.fault is not None:
                    turns[device] = time.monotonic() + 5.0  # still on its way back
                elif not self.reported.is_settled(device.device, time.monotonic()):
                    turns[device] = time.monotonic() + 1.0
                elif time.monotonic() < end - quiet_seconds:
                    self.fail(device, chance.choice(device.kinds))
                    turns[device] = time.monotonic() + chance.uniform(shortest, 40)
            self.look()


def _node_file(folder: Path, servers: list[Server], ports: dict[str, int], stale_seconds: float, cameras: str) -> Path:
    (folder / "password").write_text(PASSWORDS[NODE])
    path = folder / "node.toml"
    path.write_text(f"""
[node]
name = "{NODE}"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {ports["broker"]}
password_file = "password"
[outbox]
min_free_bytes = 0
[status]
port = {ports["status"]}
""")
    with path.open("a") as file:
        file.write(cameras)
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
