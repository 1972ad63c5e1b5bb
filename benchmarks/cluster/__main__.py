"""`make cluster`: boxes, gauges and ingest, unchanged, on RabbitMQ and on NATS; nodes and replicas come and go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.cluster.engine import NODES, Cluster
from benchmarks.cluster.nats import NatsCluster
from benchmarks.cluster.rabbit import RabbitCluster
from benchmarks.cluster.record import disorder, holders, longest_gap_seconds, record, stored

from siaga_sim.demo.cloud import DATABASE, Cloud
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.layout import Layout, fresh_layout, program
from siaga_sim.load.passwords import node_names, write_private
from siaga_sim.stack.child import Child, wait_until
from siaga_sim.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "tests" / "e2e" / "flood_watch.toml"
NODE_IDS = ("box-one", "box-two", "box-three")
ENGINES: dict[str, Callable[..., Cluster]] = {"rabbitmq": RabbitCluster, "nats": NatsCluster}
PATIENCE_SECONDS = 150.0
DOWN_SECONDS = 6.0
SETTLE_SECONDS = 4.0
LEASE_SECONDS = 15


def main(
    engines: Annotated[str, typer.Option(help="comma-separated: rabbitmq, nats")] = "rabbitmq,nats",
    nodes: Annotated[int, typer.Option(min=1, max=500, help="simulated gauges, beside three real boxes")] = 40,
    rate: Annotated[float, typer.Option(min=1, max=1000, help="messages a second of all gauges")] = 60,
    out: Annotated[Path, typer.Option(help="what it came to, as JSON")] = ROOT / ".run" / "cluster.json",
) -> None:
    """Ends with 1 if anything was lost or doubled, or a shard stayed with nobody. Tells whether order was kept."""
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    for name in engines.split(","):
        with ExitStack() as stack:
            town = stack.enter_context(built(name, nodes=nodes, rate=rate))
            play(town)
            found[name] = town.result()
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=1) + "\n")
        typer.echo(json.dumps(found[name], indent=1))
    raise typer.Exit(0 if all(found[name]["holds"] for name in engines.split(",")) else 1)


@dataclass(slots=True, kw_only=True)
class Town:
    """Everything that runs."""

    layout: Layout
    cloud: Cloud
    cluster: Cluster
    devices: Devices
    edge_nodes: EdgeNodes
    load: Child
    engine: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.cloud.postgres.url(DATABASE)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One thing that is done; notes how long nothing came in, and who holds the shards afterwards."""
        typer.echo(f"  {what}", err=True)
        began_at, before = datetime.now(UTC), stored(self.url)
        yield
        wait_until(lambda: stored(self.url) > before + 20, seconds=PATIENCE_SECONDS, what=what, every=0.5)
        time.sleep(SETTLE_SECONDS)
        now = datetime.now(UTC)
        gap = longest_gap_seconds(self.url, began_at, now)
        seconds = round((now - began_at).total_seconds(), 1)
        came = {"began_at": began_at, "seconds": seconds, "longest_gap_seconds": gap}
        self.steps.append({"step": what, **came, "shards": holders(self.url)})

    def until_shards(self, expected: dict[str, int]) -> None:
        """Returns once each replica holds so many shards."""
        wait_until(
            lambda: holders(self.url) == expected, seconds=4 * LEASE_SECONDS, what=f"shards {expected}", every=0.3
        )

    def _waiting(self) -> int:
        return sum(one.waiting for one in self.edge_nodes.sent())

    def _steps(self) -> list[dict[str, Any]]:
        """With how many came out of order from each step's beginning to the next one's."""
        disordered, begun = disorder(self.url), [step["began_at"] for step in self.steps]
        reported = []
        for step, until in zip(self.steps, [*begun[1:], datetime.now(UTC)], strict=True):
            count = sum(step["began_at"] <= at < until for at in disordered)
            reported.append({**step, "began_at": step["began_at"].isoformat(timespec="seconds"), "out_of_order": count})
        return reported

    def result(self) -> dict[str, Any]:
        """Waits for the last acknowledgements, then compares what was sent with what is kept."""
        wait_until(lambda: not self.load.is_running, seconds=3 * PATIENCE_SECONDS, what="gauges to end", every=0.5)
        self.devices.stop()
        wait_until(lambda: self._waiting() == 0, seconds=PATIENCE_SECONDS, what="boxes to be empty", every=0.5)
        self.edge_nodes.stop()
        ledger = json.loads([line for line in self.load.log.read_text().splitlines() if line.startswith("{")][-1])
        edge_nodes = self.edge_nodes.sent()
        waiting = ledger["waiting"] + sum(one.waiting for one in edge_nodes)
        evicted = ledger["evicted"] + sum(one.evicted for one in edge_nodes)
        sent = ledger["kept"] + sum(one.sent for one in edge_nodes)
        totals = record(self.url)
        # A box that is asked to end may keep what was not acknowledged yet; it is there for its next start.
        lost = max(0, sent - totals.stored - totals.dead_lettered - evicted - waiting)
        holds = lost == 0 and totals.stored == totals.distinct and ledger["waiting"] == 0
        return {
            "engine": self.engine,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "holds": holds,
            "order_kept": totals.unsequenced == 0,
            "sent": sent,
            "waiting_at_boxes": waiting,
            "evicted": evicted,
            "lost": lost,
            **asdict(totals),
            "ack_p50_ms": ledger["ack_p50_ms"],
            "ack_p95_ms": ledger["ack_p95_ms"],
            "steps": self._steps(),
        }


def play(town: Town) -> None:
    """Nodes die one after another, replicas come, die and go."""
    with town.step("two replicas share the shards"):
        town.until_shards({"1": 32, "2": 32})
    for number in range(NODES):
        with town.step(f"node {number} killed (-9) for {DOWN_SECONDS:.0f} s and started again"):
            town.cluster.kill_node(number)
            time.sleep(DOWN_SECONDS)
            town.cluster.start_node(number)
            town.cluster.wait_whole()
    with town.step("a third replica is added"):
        town.cloud.start_program("ingest-3")
        wait_until(lambda: _in_thirds(town), seconds=4 * LEASE_SECONDS, what="shards of three replicas", every=0.3)
    with town.step("replica 1 killed (-9)"):
        town.cloud.programs["ingest"].kill()
        town.until_shards({"2": 32, "3": 32})
    with town.step("replica 2 asked to end"):
        town.cloud.programs["ingest-2"].stop()
        town.until_shards({"3": 64})
    if town.load.process is not None:
        town.load.process.terminate()  # it stops making messages, and waits for the last acknowledgements


def _in_thirds(town: Town) -> bool:
    found = holders(town.url)
    return set(found) == {"1", "2", "3"} and max(found.values()) <= 22


@contextmanager
def built(name: str, *, nodes: int, rate: float) -> Iterator[Town]:
    """Database, three broker nodes, two replicas of ingest, three boxes with six gauges, and simulated gauges."""
    with ExitStack() as after:
        layout = after.enter_context(fresh_layout(ROOT / ".run" / "cluster" / name))
        make = ENGINES[name]
        cloud = Cloud(
            layout=layout,
            nodes=(*node_names(nodes), *NODE_IDS),
            http_port=free_port(),
            unowned="accept",
            make_broker=lambda folder, logins: make(folder=folder, logins=logins, logs=layout.logs),
        )
        after.callback(cloud.stop)
        began = time.monotonic()
        cloud.start_services()
        cluster = cloud.broker
        assert isinstance(cluster, Cluster)  # noqa: S101 - we have just made it
        engine = cluster.engine()
        typer.echo(f"{engine}: up after {time.monotonic() - began:.0f} s", err=True)
        cloud.prepare()
        cloud.start_program("ingest")
        cloud.start_program("ingest-2")
        devices = Devices(layout=layout, story=str(STORY), seconds=1800)
        after.callback(devices.stop)
        edge_nodes = EdgeNodes(
            layout=layout, nodes=devices.start()["nodes"], broker_port=cluster.port, passwords=cloud.node_passwords
        )
        after.callback(edge_nodes.stop)
        edge_nodes.start()
        devices.begin()
        load = after.enter_context(_load(layout, cloud, nodes=nodes, rate=rate))
        yield Town(
            layout=layout,
            cloud=cloud,
            cluster=cluster,
            devices=devices,
            edge_nodes=edge_nodes,
            load=load,
            engine=engine,
        )


def _load(layout: Layout, cloud: Cloud, *, nodes: int, rate: float) -> Child:
    passwords = layout.root / "load-passwords"
    write_private(passwords, {name: cloud.node_passwords[name] for name in node_names(nodes)})
    (layout.root / "tmp").mkdir()
    words = ["load", "--nodes", str(nodes), "--rate", f"{rate:g}", "--seconds", "1800", "--json"]
    words += ["--broker", f"127.0.0.1:{cloud.broker.port}", "--passwords", str(passwords), "--drain", "300"]
    return Child(
        name="load",
        argv=[program("siaga-sim"), *words],
        log=layout.log("load"),
        env={"TMPDIR": str(layout.root / "tmp"), "PYTHONUNBUFFERED": "1"},
    )


if __name__ == "__main__":
    typer.run(main)
