"""What is broken: database, broker, two ingest replicas, worker, API, boxes, and gauges behind a bad line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import psycopg
from benchmarks.chaos.citizens import Citizens
from benchmarks.chaos.link import Link, why_not
from benchmarks.chaos.relay import Relay
from benchmarks.chaos.storms import written

from siaga_sim.demo.cloud import DATABASE, Cloud, sources_of
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.layout import Layout, fresh_layout, program
from siaga_sim.load.passwords import node_names, write_private
from siaga_sim.scenario import load_scenario
from siaga_sim.stack.child import Child, ServiceError
from siaga_sim.stack.folders import drop_to
from siaga_sim.stack.ports import free_port

NODE_IDS = ("box-one", "box-two", "box-three")
PROGRAMS = ("ingest", "ingest-2", "worker", "api")
SUPERVISE_SECONDS = 0.5
DISK_BYTES = 3 * 1024**3
DRAIN_SECONDS = 240
LOAD_LONGER_SECONDS, MOST_LOAD_SECONDS = 3600, 86_400  # than faults are drawn for: it is told to end
COPY = "copy-of-data"


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that runs. `broken`: what a fault holds down just now, which the supervisor leaves alone.

    `refused`: how often a program of the cloud did not begin because its clock was wrong.
    """

    layout: Layout
    cloud: Cloud
    devices: Devices
    edge_nodes: EdgeNodes
    relay: Relay
    link: Link | None
    citizens: Citizens
    load: Child
    disk: Path | None
    broken: set[str] = field(default_factory=set)
    revived: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _starters: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(6, thread_name_prefix="starter"))

    @property
    def database_url(self) -> str:
        """As the owner of all tables."""
        return self.cloud.postgres.url(DATABASE)

    def child(self, name: str) -> Child | None:
        """The process behind a name."""
        if name == "database":
            return self.cloud.postgres.child
        if name == "broker":
            return self.cloud.broker.child
        return self.cloud.programs.get(name) or self.edge_nodes.children.get(name)

    def start(self, name: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
        """Starts one again; raises `ServiceError` when it does not come up. `more`: for a program of the cloud."""
        # A child is told to end when the thread that started it ends (PR_SET_PDEATHSIG), so these threads last.
        self._starters.submit(self._start, name, more).result()

    def _start(self, name: str, more: Mapping[str, str]) -> None:
        if name == "database":
            self.cloud.postgres.start()
        elif name == "broker":
            self.cloud.broker.start()
        elif name in PROGRAMS:
            self.cloud.start_program(name, more)
        else:
            self.edge_nodes.children[name].start()

    def kill(self, name: str) -> None:
        """Kill a program with SIGKILL."""
        child = self.child(name)
        if child is not None:
            child.kill()

    def signal_all(self, name: str, act: Callable[[psutil.Process], None]) -> None:
        """To a process and all below it; PostgreSQL's have sessions of their own."""
        child = self.child(name)
        if child is None or not child.is_running:
            return
        with suppress(psutil.NoSuchProcess):
            whole = psutil.Process(child.pid)
            for each in (whole, *whole.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    act(each)

    @contextmanager
    def holding(self, name: str) -> Iterator[bool]:
        """Keeps the supervisor away from `name`; False when another fault has it already."""
        with self._lock:
            is_free = name not in self.broken
            if is_free:
                self.broken.add(name)
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self.broken.discard(name)

    def supervise(self) -> None:
        """What systemd does on a real machine: who died by itself is started again, and counted."""
        while not self._stop.wait(SUPERVISE_SECONDS):
            for name in ("database", "broker", *PROGRAMS, *NODE_IDS):
                with self.holding(name) as is_free:
                    child = self.child(name)
                    if is_free and child is not None and not child.is_running and not self._stop.is_set():
                        self.revived[name] = self.revived.get(name, 0) + 1
                        with suppress(ServiceError, OSError):
                            self.start(name)

    def end_supervision(self) -> None:
        """From now on nothing is started again."""
        self._stop.set()

    def end_load(self) -> None:
        """The simulated gauges measure no more, send what they have, and end."""
        with suppress(ProcessLookupError):
            os.kill(self.load.pid, signal.SIGTERM)

    def load_result(self) -> dict[str, Any]:
        """The ledger that the simulated gauges printed when they ended."""
        lines = [line for line in self.load.log.read_text().splitlines() if line.startswith("{")]
        if not lines:
            raise ServiceError(f"load: printed no ledger\n{self.load.tail()}")
        found: dict[str, Any] = json.loads(lines[-1])
        return found

    def copy_database(self) -> bool:
        """The whole cluster as of now, beside it; False where it did not answer or had no room."""
        postgres = self.cloud.postgres
        copy = postgres.folder / COPY
        shutil.rmtree(copy, ignore_errors=True)
        words = ["-D", str(copy), "-X", "stream", "-c", "fast", "--no-sync", "-d", postgres.dsn]
        command = [*drop_to(postgres.programs.account), postgres.programs.path("pg_basebackup"), *words]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    def put_copy_in_place(self) -> None:
        """The copy takes the place of the cluster, which does not run."""
        data = self.cloud.postgres.folder / "data"
        shutil.rmtree(data)
        (self.cloud.postgres.folder / COPY).rename(data)

    def query_again(self, point: datetime) -> None:
        """As an operator does after a restore; reports that went with the database are nobody's promise any more."""
        with psycopg.connect(self.database_url) as connection:
            stored = {row[0] for row in connection.execute("select id from report")}
        self.citizens.forget_all_but(stored, since=point)
        self.cloud.admin("admin", "replay", "request", "--since", point.isoformat(timespec="seconds"))

    def control_socket(self) -> Path | None:
        """Where the simulated gauges take orders."""
        return next(iter((self.layout.root / "tmp").glob("siaga-sim-*/*.sock")), None)


@contextmanager
def small_disk(folder: Path, log_line: Callable[[str], None]) -> Iterator[bool]:
    """A file system of its own at `folder`, so that filling it hurts nobody else; False where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        log_line("no full disks: mounting a small file system needs root")
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def built(
    root: Path, *, nodes: int, rate: float, seconds: float, seed: int, log_line: Callable[[str], None]
) -> Iterator[World]:
    """Everything up and running, and down again at the end."""
    with ExitStack() as after:
        has_disk = after.enter_context(small_disk(root, log_line))
        layout = after.enter_context(fresh_layout(root))
        story = str(written(layout.root, seconds))
        scenario = load_scenario(story)[0]
        cloud = Cloud(
            layout=layout,
            nodes=(*node_names(nodes), *NODE_IDS),
            http_port=free_port(),
            unowned="accept",
            river_speed=scenario.river_speed,
        )
        after.callback(cloud.stop)
        log_line("starting database, broker and cloud")
        cloud.start_services()
        cloud.prepare()
        cloud.load_city()
        cloud.start_programs()
        cloud.start_program("ingest-2")
        link = _line_between(after, seed, log_line)
        enter = link.enter if link else ()
        relay = after.enter_context(Relay(cloud.broker.port, link.outer if link else "127.0.0.1"))
        cloud.assign_sources(sources_of(scenario.node))
        devices = Devices(layout=layout, story=story, seconds=seconds + DRAIN_SECONDS, enter=enter)
        after.callback(devices.stop)
        edge_nodes = EdgeNodes(
            layout=layout,
            nodes=devices.start()["nodes"],
            broker_host=relay.host,
            broker_port=relay.port,
            enter=enter,
            passwords=cloud.node_passwords,
        )
        after.callback(edge_nodes.stop)
        edge_nodes.start()
        devices.begin()
        lasts = min(seconds + LOAD_LONGER_SECONDS, MOST_LOAD_SECONDS)
        load = _load(layout, cloud, relay, enter=enter, nodes=nodes, rate=rate, seconds=lasts)
        after.callback(load.stop)
        citizens = Citizens(url=cloud.url, every_seconds=3.0, seed=seed)
        world = World(
            layout=layout,
            cloud=cloud,
            devices=devices,
            edge_nodes=edge_nodes,
            relay=relay,
            link=link,
            citizens=citizens,
            load=load.start(),
            disk=root if has_disk else None,
        )
        citizens.start()
        supervisor = threading.Thread(target=world.supervise, name="supervisor", daemon=True)
        supervisor.start()
        try:
            yield world
        finally:
            world.end_supervision()
            citizens.stop(0)
            supervisor.join(30)
            _save_logs(layout)


def _line_between(after: ExitStack, seed: int, log_line: Callable[[str], None]) -> Link | None:
    """Boxes, gauges and their devices live in a network namespace at the other end of it, where that can be."""
    reason = why_not()
    if reason is None:
        return after.enter_context(Link(seed))
    log_line(f"no packets are lost, doubled or late: {reason}")
    return None


def _load(
    layout: Layout, cloud: Cloud, relay: Relay, *, enter: Sequence[str], nodes: int, rate: float, seconds: float
) -> Child:
    passwords = layout.root / "load-passwords"
    write_private(passwords, {name: cloud.node_passwords[name] for name in node_names(nodes)})
    (layout.root / "tmp").mkdir()
    words = ["load", "--nodes", str(nodes), "--rate", f"{rate:g}", "--seconds", f"{seconds:g}", "--json"]
    words += ["--broker", f"{relay.host}:{relay.port}", "--passwords", str(passwords), "--drain", str(DRAIN_SECONDS)]
    return Child(
        name="load",
        argv=[*enter, program("siaga-sim"), *words],
        log=layout.log("load"),
        env={"TMPDIR": str(layout.root / "tmp"), "PYTHONUNBUFFERED": "1"},
    )


def _save_logs(layout: Layout) -> None:
    """The small file system goes; what the programs said stays."""
    stored = layout.root.with_name(layout.root.name + "-logs")
    shutil.rmtree(stored, ignore_errors=True)
    shutil.copytree(layout.logs, stored)
    for server in ("postgres", "broker"):
        with suppress(OSError):
            shutil.copy(layout.root / server / "server.log", stored / f"{server}.log")


def wait_for(done: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
