"""What a replica of ingest does about those that died, and about shards that the broker refuses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.support.cloud_core import eventually

from siaga_cloud.ingest.leases import LeaseHolder
from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber
from siaga_cloud.ingest.queue import Inbox
from siaga_cloud.ingest.store import leases as db
from siaga_cloud.platform.db.connection import Database, connect
from siaga_cloud.settings import BrokerSettings


class FakeShardServer:
    def serve(self, shards: frozenset[str]) -> None:
        self.shards = shards


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Broker:
    """Discards a session at the second time that it is asked, as a busy cluster does."""

    def __init__(self) -> None:
        self.claimed: list[str] = []

    def discard(self, client_id: str) -> bool:
        self.claimed.append(client_id)
        return self.claimed.count(client_id) > 1


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, max_connections=2) as opened:
        yield opened


def a_lease_holder(database: Database, broker: Broker) -> LeaseHolder:
    return LeaseHolder(
        database=database, subscriber=FakeShardServer(), replica="1", instance=uuid4(), client_id="ingest-1",
        lease_seconds=15, discard_session=broker.discard, on_shards=lambda _: None,
    )  # fmt: skip


def silent_replica(database_url: str, replica: str) -> None:
    with connect(database_url) as conn:
        db.register(conn, replica=replica, instance=uuid4(), client_id=f"ingest-{replica}")
        conn.execute(
            "UPDATE ingest_replica SET seen_at = now() - %s WHERE replica = %s", (timedelta(minutes=1), replica)
        )


def test_a_session_that_could_not_be_discarded_is_retried(database: Database, database_url: str) -> None:
    broker = Broker()
    lease_holder = a_lease_holder(database, broker)
    silent_replica(database_url, "2")
    for _ in range(4):
        lease_holder.beat()
    assert broker.claimed == ["ingest-2", "ingest-2"]


def test_a_replica_that_returns_retains_its_session(database: Database, database_url: str) -> None:
    broker = Broker()
    lease_holder = a_lease_holder(database, broker)
    silent_replica(database_url, "2")
    lease_holder.beat()
    with connect(database_url) as conn:
        db.register(conn, replica="2", instance=uuid4(), client_id="ingest-2")
    lease_holder.beat()
    assert broker.claimed == ["ingest-2"]


def test_a_shard_is_served_until_its_next_holder_has_had_it_for_a_lease(database: Database, database_url: str) -> None:
    clock, serving = Clock(), FakeShardServer()
    lease_holder = LeaseHolder(
        database=database, subscriber=serving, replica="1", instance=uuid4(), client_id="ingest-1", lease_seconds=15,
        discard_session=lambda _: True, on_shards=lambda _: None, clock=clock,
    )  # fmt: skip
    lease_holder.beat()
    assert len(serving.shards) == 64
    second = uuid4()
    with connect(database_url) as conn:
        db.register(conn, replica="2", instance=second, client_id="ingest-2")
    clock.seconds = 100
    lease_holder.beat()  # gives half of them up
    assert len(serving.shards) == 64
    with connect(database_url) as conn:
        db.beat(conn, replica="2", instance=second, client_id="ingest-2", lease_seconds=15)
    for clock.seconds, shards in ((105, 64), (114, 64), (116, 32), (117, 32)):
        lease_holder.beat()
        assert len(serving.shards) == shards


class RefusingBroker(threading.Thread):
    """Lets a client in and refuses its first subscription, as one does that is at a limit.

    `protocol`: 5 has properties in its answers, here always none.
    """

    def __init__(self, protocol: str) -> None:
        super().__init__(daemon=True)
        self.properties = b"\x00" if protocol == "5" else b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.filters: list[int] = []

    def run(self) -> None:
        with suppress(OSError):
            line, _ = self.socket.accept()
            with line:
                while packet := self._packet(line):
                    self._answer(line, *packet)

    def _packet(self, line: socket.socket) -> tuple[int, bytes] | None:
        head = line.recv(1)
        if not head:
            return None
        size, shift = 0, 0
        while True:
            byte = line.recv(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        body = b""
        while len(body) < size:
            body += line.recv(size - len(body))
        return head[0] >> 4, body

    def _answer(self, line: socket.socket, kind: int, body: bytes) -> None:
        if kind == 1:
            line.sendall(bytes((0x20, 2 + len(self.properties))) + b"\x00\x00" + self.properties)
        if kind == 8:
            count = body.count(b"siaga/v1/")
            self.filters.append(count)
            codes = (b"\x80" if len(self.filters) == 1 else b"\x01") * count
            answer = body[:2] + self.properties + codes
            line.sendall(bytes((0x90, len(answer))) + answer)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_refused_shard_is_reported_and_requested_again(protocol: str) -> None:
    broker = RefusingBroker(protocol)
    broker.start()
    metrics = IngestMetrics()
    settings = BrokerSettings(
        host="127.0.0.1", port=broker.port, username=None, password=None, ca_file=None, protocol=protocol
    )
    subscriber = MqttSubscriber(settings, client_id="ingest-1", inbox=Inbox(), metrics=metrics)
    subscriber.serve(frozenset({"s01", "s02"}))
    subscriber.start()
    try:
        eventually(lambda: metrics.refused_shards._value.get() == 2, what="refusal")
        subscriber.serve(frozenset({"s01", "s02"}))
        eventually(lambda: broker.filters == [2, 2], what="asked again")
        subscriber.serve(frozenset({"s01", "s02", "s03"}))
        eventually(lambda: broker.filters == [2, 2, 1], what="only the new one")
    finally:
        subscriber.stop()
        broker.socket.close()
