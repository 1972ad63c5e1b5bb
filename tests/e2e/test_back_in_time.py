"""The database comes back as it was before some acknowledgements: boxes send that again, all of it once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.integration.operations.test_backup import admin
from tests.support.cloud_core import all_served, cloud_environment, cloud_process, eventually

from siaga_core.wire.messages import OutboxHealth, Reading
from siaga_edge.adapters.mqtt_link import BrokerAddress, MqttLink
from siaga_edge.adapters.sqlite_outbox import SqliteOutbox
from siaga_edge.outbox.budget import Budget
from siaga_edge.outbox.parcels import of_health, of_readings
from siaga_edge.outbox.sender import Pace, Sender
from siaga_edge.outbox.sender_inbox import SenderInbox
from siaga_edge.platform.loop import Loop
from siaga_sim.stack.broker import Broker


def now() -> datetime:
    return datetime.now(UTC)


class NodeRig:
    """A box's way out, as the agent composes it: its outbox, sender and link."""

    def __init__(self, name: str, folder: Path, broker: Broker, password: str) -> None:
        from pydantic import SecretStr

        budget = Budget(max_messages=10_000, max_bytes=10**9, min_free_bytes=0, retain_acked_seconds=3600)
        inbox = SenderInbox()
        self.name = name
        self.outbox = SqliteOutbox(folder, node=name, budget=budget, clock=now, on_stored=inbox.wake)
        address = BrokerAddress(host="127.0.0.1", port=broker.port, username=name, password=SecretStr(password))
        self.link = MqttLink(name, address, software="test", clock=now, receiver=inbox)
        pace = Pace(resend_after_seconds=2, replay_per_second=1000)
        self.sender = Sender(
            self.outbox,
            self.link,
            inbox=inbox,
            pace=pace,
            system_time=now,
            monotonic=time.monotonic,
            chance=random.random,
        )
        self.loop = Loop("sender", lambda: None if self.sender.tick() else self.sender.wait())
        self._lock = threading.Lock()
        self.sent = 0

    def measure(self, count: int) -> None:
        for _ in range(count):
            level = Reading(gauge=f"g-{self.name}", measured_at=now(), level_cm=500.0)
            self.outbox.save([of_readings(self.name, [level])])
        self.sent += count

    def report_health(self) -> None:
        fields: dict[str, object] = {"uptime_seconds": 1.0, "outbox": self.outbox.health()}
        self.outbox.save([of_health(self.name, at=now(), fields=fields)])
        self.sent += 1

    def health(self) -> OutboxHealth:
        return self.outbox.health()


@pytest.fixture
def nodes(tmp_path: Path, broker: Broker, passwords: dict[str, str]) -> Iterator[list[NodeRig]]:
    names = ("node-a", "node-b")
    made = [NodeRig(name, tmp_path / name, broker, passwords[name]) for name in names]
    for node_rig in made:
        node_rig.link.start()
        node_rig.loop.start()
    yield made
    for node_rig in made:
        node_rig.loop.request_stop()
        node_rig.sender.wake()
        node_rig.loop.join(5)
        node_rig.link.stop()
        node_rig.outbox.close()


def ids(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        return [str(row[0]) for row in conn.execute("select id from message")]


@pytest.mark.timeout(120)
def test_what_was_acknowledged_after_the_backup_comes_again_once(
    database_url: str, empty_database_url: str, broker: Broker, nodes: list[NodeRig], tmp_path: Path
) -> None:
    media, store = tmp_path / "media", tmp_path / "backups"

    def all_acknowledged() -> bool:
        return all(node_rig.health().waiting == 0 for node_rig in nodes)

    with cloud_process("ingest", cloud_environment(database_url, broker, media), tmp_path / "before.log"):
        eventually(lambda: all_served(database_url, ["1"]), what="ingest serves")
        for node_rig in nodes:
            node_rig.measure(100)
        eventually(all_acknowledged, what="the first hundred acknowledged")
        made = admin(database_url, media, "backup", str(store))
        assert made.returncode == 0, made.stderr
        for node_rig in nodes:
            node_rig.measure(150)
        eventually(all_acknowledged, what="more acknowledged")
    lost = set(ids(database_url))
    assert len(lost) == 500

    (backup,) = store.glob("siaga-*")
    back = admin(empty_database_url, media, "restore", str(backup))
    assert back.returncode == 0, back.stderr
    assert len(ids(empty_database_url)) == 200

    with cloud_process("ingest", cloud_environment(empty_database_url, broker, media), tmp_path / "after.log") as after:
        eventually(lambda: all_served(empty_database_url, ["1"]), what="ingest serves again")
        for node_rig in nodes:
            node_rig.measure(1)
        eventually(lambda: len(ids(empty_database_url)) >= 502, what="what was lost comes again")
        eventually(all_acknowledged, what="all acknowledged again")
        for node_rig in nodes:
            node_rig.report_health()
        eventually(lambda: len(ids(empty_database_url)) == 504, what="health")
        shown = admin(empty_database_url, media, "replay", "show").stdout
        # The same wish again, as after a broker's repetition: nothing comes.
        assert admin(empty_database_url, media, "replay", "request").returncode == 0
        assert "expected" not in after.tail()
    stored = ids(empty_database_url)
    assert len(stored) == len(set(stored)) == sum(node_rig.sent for node_rig in nodes)
    assert lost <= set(stored)
    assert "2 of 2 nodes completed the replay; 0 messages missing" in shown, shown
    with psycopg.connect(empty_database_url) as conn:
        assert conn.execute("select sum(missing)::int, sum(stored)::int from node_ledger").fetchone() == (0, 504)
        assert conn.execute("select count(*), count(distinct measured_at) from reading").fetchone() == (502, 502)
