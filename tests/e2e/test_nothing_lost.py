"""Kill -9 of broker, database, ingest and edge, each in turn, while messages flow: everything arrives once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from siaga_sim.demo.cloud import DATABASE, Cloud
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.layout import fresh_layout
from siaga_sim.stack.child import wait_until

SCENARIO = Path(__file__).with_name("flood_watch.toml")
NODES = ("box-one", "box-two", "box-three")
PATIENCE_SECONDS = 60.0


@dataclass
class City:
    """The real programs on real services, with simulated gauges."""

    cloud: Cloud
    devices: Devices
    edge_nodes: EdgeNodes

    def sent(self) -> int:
        return sum(node.sent for node in self.edge_nodes.sent())

    def waiting(self) -> int:
        return sum(node.waiting for node in self.edge_nodes.sent())

    def stored(self) -> int:
        with psycopg.connect(self.cloud.postgres.url(DATABASE)) as connection:
            row = connection.execute("select count(*) from message").fetchone()
        return int(row[0]) if row else 0

    def until_sent_grows_by(self, more: int) -> None:
        before = self.sent()
        wait_until(lambda: self.sent() >= before + more, seconds=PATIENCE_SECONDS, what="more messages", every=0.3)

    def until_stored_grows_by(self, more: int) -> None:
        before = self.stored()
        wait_until(lambda: self.stored() >= before + more, seconds=PATIENCE_SECONDS, what="more stored", every=0.3)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with fresh_layout(tmp_path / "run") as layout, ExitStack() as after:
        cloud = Cloud(layout=layout, nodes=NODES, unowned="accept")
        after.callback(cloud.stop)
        cloud.start_services()
        cloud.prepare()
        cloud.start_program("ingest")
        devices = Devices(layout=layout, story=str(SCENARIO), seconds=600)
        after.callback(devices.stop)
        nodes = devices.start()["nodes"]
        edge_nodes = EdgeNodes(
            layout=layout, nodes=nodes, broker_port=cloud.broker.port, passwords=cloud.node_passwords
        )
        after.callback(edge_nodes.stop)
        edge_nodes.start()
        devices.begin()
        yield City(cloud, devices, edge_nodes)


def _kill_broker(city: City) -> None:
    city.cloud.broker.kill()
    city.until_sent_grows_by(10)
    city.cloud.broker.start()


def _kill_database(city: City) -> None:
    city.cloud.postgres.kill()
    city.until_sent_grows_by(10)
    city.cloud.postgres.start()


def _kill_ingest(city: City) -> None:
    city.cloud.programs["ingest"].kill()
    city.until_sent_grows_by(10)
    city.cloud.start_program("ingest")


def _kill_nodes(city: City) -> None:
    for child in city.edge_nodes.children.values():
        child.kill()
    city.edge_nodes.start()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_message_arrives_once_whatever_dies(city: City) -> None:
    deaths: list[Callable[[City], None]] = [_kill_broker, _kill_database, _kill_ingest, _kill_nodes]
    city.until_stored_grows_by(20)
    for die in deaths:
        die(city)
        city.until_stored_grows_by(20)

    for child in city.edge_nodes.children.values():
        os.kill(child.pid, signal.SIGTERM)
    wait_until(
        lambda: not any(child.is_running for child in city.edge_nodes.children.values()),
        seconds=PATIENCE_SECONDS,
        what="boxes to end",
    )

    assert city.waiting() == 0
    assert sum(node.evicted for node in city.edge_nodes.sent()) == 0
    with psycopg.connect(city.cloud.postgres.url(DATABASE)) as connection:
        ids, distinct = connection.execute("select count(*), count(distinct id) from message").fetchone() or (0, 0)
        counted = connection.execute(
            "select sum(stored)::int, sum(missing)::int, sum(dead)::int, sum(quarantined)::int from node_ledger"
        ).fetchone()
    assert ids == distinct == city.sent()
    assert counted == (ids, 0, 0, 0)
