"""Ingest as a process between a real broker and a real database: nothing lost, nothing twice, whoever is killed."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.support.cloud_core import (
    Sender,
    all_served,
    cloud_environment,
    cloud_process,
    event_message,
    eventually,
    utc_now,
)

from siaga_cloud.platform.db.migrate import migrate
from siaga_sim.stack.broker import Broker
from siaga_sim.stack.child import Child
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ingest processes and stops them all at the end."""
    started: list[Child] = []

    def begin(database_url: str, broker: Broker, *, replica: str = "1", **more: str) -> Child:
        environment = cloud_environment(database_url, broker, tmp_path / "media", SIAGA_REPLICA=replica, **more)
        child = cloud_process("ingest", environment, tmp_path / f"ingest-{replica}-{len(started)}.log").start()
        started.append(child)
        return child

    yield begin
    for child in started:
        child.kill()


def rows(database_url: str, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        return conn.execute(query.encode()).fetchall()


def stored_ids(database_url: str) -> list[UUID]:
    return [row["id"] for row in rows(database_url, "SELECT id FROM message")]


def test_messages_arrive_are_committed_and_acknowledged_to_their_sender(
    database_url: str, new_broker: Callable[[], Broker], passwords: dict[str, str], start: Start
) -> None:
    broker, metrics_port = new_broker(), free_port()
    ingest = start(database_url, broker, SIAGA_METRICS_PORT=str(metrics_port))
    eventually(lambda: all_served(database_url, ["1"]), what="all shards leased")
    with Sender("node-a", broker, passwords["node-a"]) as sender:
        for seq in range(1, 301):
            sender.send_reading(seq)
        eventually(lambda: sender.waiting == 0, what="every message acknowledged by the cloud")
        assert set(stored_ids(database_url)) == sender.sent_ids
    assert len(stored_ids(database_url)) == 300
    ledger = rows(database_url, "SELECT stored, missing, highest_seq FROM node_ledger")
    assert ledger == [{"stored": 300, "missing": 0, "highest_seq": 300}]
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
        assert 'siaga_ingest_messages_total{outcome="stored"} 300.0' in answer.read().decode().splitlines()
    assert ingest.stop() == 0, ingest.tail()


def test_a_message_that_the_database_refuses_is_buried_and_its_neighbours_are_stored(
    database_url: str, new_broker: Callable[[], Broker], passwords: dict[str, str], start: Start
) -> None:
    broker = new_broker()
    ingest = start(database_url, broker)
    with Sender("node-a", broker, passwords["node-a"]) as sender:
        for seq in range(1, 6):
            sender.send_reading(seq)
        event = event_message(outbox_id=sender.outbox_id, at=utc_now(), seq=6)
        # Valid on the wire, and nothing that PostgreSQL's jsonb can hold.
        nul = event.details.model_copy(update={"label": "car\x00"})
        sender.send(event.model_copy(update={"details": nul}))
        for seq in range(7, 12):
            sender.send_reading(seq)
        eventually(lambda: sender.waiting == 0, what=f"all acknowledged; {ingest.tail()}")
    alert_messages = rows(database_url, "SELECT seq, reason, payload FROM dead_letter")
    assert [message["seq"] for message in alert_messages] == [6]
    assert json.loads(alert_messages[0]["payload"])["details"]["label"] == "car\x00"
    assert rows(database_url, "SELECT stored, dead, missing FROM node_ledger") == [
        {"stored": 10, "dead": 1, "missing": 0}
    ]


class Kills:
    """What can be killed while messages flow, and how it comes back."""

    def __init__(self, postgres: Postgres, broker: Broker, begin: Callable[[], Child]) -> None:
        self.postgres, self.broker, self._begin = postgres, broker, begin
        self.ingest = begin()

    def kill(self, victim: str) -> None:
        if victim == "database":
            self.postgres.kill()
            self.postgres.start()
        elif victim == "broker":
            self.broker.kill()
            self.broker.start()
        else:
            self.ingest.kill()
            self.ingest = self._begin()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_kill_9_of_each_in_turn_loses_nothing_and_stores_nothing_twice(
    new_postgres: Callable[[], Postgres],
    new_broker: Callable[[], Broker],
    passwords: dict[str, str],
    start: Start,
) -> None:
    postgres, broker = new_postgres(), new_broker()
    database_url = postgres.create_database("siaga")
    migrate(database_url)
    kills = Kills(postgres, broker, lambda: start(database_url, broker))
    eventually(lambda: all_served(database_url, ["1"]), what="shards leased")
    with Sender("node-a", broker, passwords["node-a"]) as sender:
        flow = Flow(sender)
        for victim in ("database", "ingest", "broker", "ingest", "database"):
            flow.wait_for_more(60)
            kills.kill(victim)
        flow.wait_for_more(60)
        flow.stop()
        eventually(lambda: sender.waiting == 0, seconds=60, what=f"all acknowledged; {kills.ingest.tail()}")
    ids = stored_ids(database_url)
    assert len(ids) == len(set(ids)), "stored twice"
    assert set(ids) == sender.sent_ids, "lost, or never sent"
    (ledger,) = rows(database_url, "SELECT stored, missing, dead FROM node_ledger")
    assert ledger == {"stored": len(ids), "missing": 0, "dead": 0}
    readings = rows(database_url, "SELECT count(*) AS n FROM reading")
    assert readings == [{"n": len(ids)}]


class Flow:
    """Sends a reading every few milliseconds in the background."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self._seq = sender, 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(0.01):
            self._seq += 1
            self._sender.send_reading(self._seq)

    def wait_for_more(self, messages: int) -> None:
        enough = self._seq + messages
        eventually(lambda: self._seq >= enough, what="messages flowing")

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()


def test_sigterm_ends_cleanly_while_the_database_is_away(
    new_postgres: Callable[[], Postgres], new_broker: Callable[[], Broker], passwords: dict[str, str], start: Start
) -> None:
    postgres, broker = new_postgres(), new_broker()
    database_url = postgres.create_database("siaga")
    migrate(database_url)
    ingest = start(database_url, broker)
    eventually(lambda: all_served(database_url, ["1"]), what="shards leased")
    postgres.kill()
    with Sender("node-a", broker, passwords["node-a"]) as sender:
        sender.send_reading(1)
        eventually(lambda: "attempt 1" in ingest.tail(), what="ingest notices")
        assert sender.waiting == 1, "nothing is acknowledged before the commit"
        assert ingest.stop(20) == 0, ingest.tail()
        postgres.start()
        start(database_url, broker)
        eventually(lambda: sender.waiting == 0, what="it came again")
    assert set(stored_ids(database_url)) == sender.sent_ids


def test_two_replicas_split_the_shards_and_a_dead_ones_are_claimed(
    database_url: str, new_broker: Callable[[], Broker], passwords: dict[str, str], start: Start
) -> None:
    broker = new_broker()
    start(database_url, broker, replica="one")
    two = start(database_url, broker, replica="two")
    eventually(lambda: all_served(database_url, ["one", "two"]), what="two replicas")
    query = "SELECT replica, count(*) AS n FROM shard_lease GROUP BY replica ORDER BY replica"
    halves = [{"replica": "one", "n": 32}, {"replica": "two", "n": 32}]
    eventually(lambda: rows(database_url, query) == halves, what="fair shares")
    senders = [Sender(node, broker, passwords[node]) for node in ("node-a", "node-b", "node-c")]
    for sender in senders:
        sender.__enter__()
    try:
        for seq in range(1, 51):
            for sender in senders:
                sender.send_reading(seq)
        two.kill()
        for seq in range(51, 101):
            for sender in senders:
                sender.send_reading(seq)
        eventually(lambda: all_served(database_url, ["one"]), what="taken over")
        eventually(lambda: sum(sender.waiting for sender in senders) == 0, what="all acknowledged")
    finally:
        for sender in senders:
            sender.__exit__()
    sent = set().union(*(sender.sent_ids for sender in senders))
    ids = stored_ids(database_url)
    assert (len(ids), set(ids)) == (300, sent)


def test_the_newer_process_of_one_name_wins(database_url: str, new_broker: Callable[[], Broker], start: Start) -> None:
    broker = new_broker()
    older = start(database_url, broker)
    eventually(lambda: all_served(database_url, ["1"]), what="first serves")
    newer = start(database_url, broker)
    eventually(lambda: older.returncode is not None, what="older one ends")
    assert older.returncode == 3, older.tail()
    assert newer.is_running
    assert all_served(database_url, ["1"]), "the older one must not give away what the newer one holds"


def test_messages_sent_while_ingest_was_away_are_held_by_the_broker(
    database_url: str, new_broker: Callable[[], Broker], passwords: dict[str, str], start: Start
) -> None:
    broker = new_broker()
    first = start(database_url, broker)
    with Sender("node-a", broker, passwords["node-a"]) as sender:
        sender.send_reading(1)
        eventually(lambda: sender.waiting == 0, what="first message")
        sender.resend_after_seconds = 3600
        assert first.stop() == 0
        for seq in range(2, 102):
            sender.send_reading(seq)
        start(database_url, broker)
        eventually(lambda: sender.waiting == 0, what="the persistent session held them: the sender never resent")
    assert len(stored_ids(database_url)) == 101
