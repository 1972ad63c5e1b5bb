"""Unknown is never calm: whatever breaks on the way from a gauge, the cloud says so ten seconds after it knows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.support.cloud_core import (
    MANGGARAI,
    NOW,
    a_delivery,
    a_reading,
    deliver,
    event_message,
    health_message,
    readings_message,
)

from siaga_cloud.gauges.store import knowledge
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.rules.trust.gauge_knowledge import unknown_level
from siaga_core.wire import codec, topics
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import (
    EventState,
    GaugeHealth,
    Hazard,
    NodeState,
    Quality,
    Source,
    SourceKind,
    StatusMessage,
    ViewDetails,
)

GAUGES = 10
STALE_SECONDS, HEALTH_SECONDS = 120, 20
WITHIN = timedelta(seconds=10)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        prepare_stages(connection)
        for number in range(GAUGES):
            connection.execute(
                "INSERT INTO gauge (id, lat, lon, s3_cm, s2_cm, s1_cm, stale_seconds) VALUES (%s, -6.2, 106.8, 750,"
                " 850, 950, %s)",
                (f"gauge-{number}", STALE_SECONDS),
            )
        yield connection


@dataclass(slots=True)
class Node:
    """A node with one gauge; each method hands the cloud a message of that moment."""

    conn: Connection
    media: MediaFolder
    number: int
    outbox_id: UUID = field(default_factory=uuid4)
    event_id: UUID | None = None
    seqs: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def name(self) -> str:
        return f"node-{self.number}"

    @property
    def gauge(self) -> str:
        return f"gauge-{self.number}"

    def hand(self, delivery: Delivery) -> None:
        with self.conn.transaction():
            assert store(self.conn, sort([delivery]), media=self.media, now=delivery.received_at).dead == 0

    def reading(self, at: datetime, level_cm: float | None = 500.0, quality: Quality = Quality.GOOD) -> None:
        reading = a_reading(level_cm, at=at, gauge=self.gauge, quality=quality)
        message = readings_message(reading, node=self.name, outbox_id=self.outbox_id, seq=next(self.seqs))
        self.hand(deliver(message, at=at))

    def health(self, at: datetime, unknown_since: datetime | None = None) -> None:
        message = health_message(outbox_id=self.outbox_id, at=at, seq=next(self.seqs), node=self.name)
        gauges = (GaugeHealth(id=self.gauge, unknown_since=unknown_since),)
        self.hand(deliver(message.model_copy(update={"gauges": gauges, "interval_seconds": HEALTH_SECONDS}), at=at))

    def status(self, at: datetime, state: NodeState) -> None:
        payload = codec.encode(StatusMessage(node=self.name, state=state, at=at))
        self.hand(a_delivery(topics.up(self.name, topics.UpStream.STATUS), payload, at=at))

    def view(self, at: datetime, state: EventState, since: datetime) -> None:
        self.event_id = self.event_id if state is EventState.ENDED else uuid7(at)
        message = event_message(
            outbox_id=self.outbox_id,
            at=at,
            seq=next(self.seqs),
            node=self.name,
            event_id=self.event_id,
            revision=2 if state is EventState.ENDED else 1,
            state=state,
            hazard=Hazard.VIEW_LOST,
            source=Source(kind=SourceKind.GAUGE, id=self.gauge),
            place=MANGGARAI,
            details=ViewDetails(reason="no_readings"),
            began_at=since,
        )
        self.hand(deliver(message, at=at))


Fault = Callable[[Node, datetime], timedelta]


def lose_view(node: Node, at: datetime) -> timedelta:
    node.view(at, EventState.BEGAN, at - timedelta(seconds=5))
    return timedelta(0)


def lose_level(node: Node, at: datetime) -> timedelta:
    node.reading(at, None, Quality.MISSING)
    return timedelta(0)


def measure_nonsense(node: Node, at: datetime) -> timedelta:
    node.reading(at, 9_000.0, Quality.BAD)
    return timedelta(0)


def report_unknown(node: Node, at: datetime) -> timedelta:
    node.health(at, unknown_since=at - timedelta(seconds=5))
    return timedelta(0)


def cut_node(node: Node, at: datetime) -> timedelta:
    node.status(at, NodeState.OFFLINE)
    return timedelta(0)


def silence_node(node: Node, at: datetime) -> timedelta:
    """The cloud knows it once three health messages are missing."""
    return timedelta(seconds=3 * HEALTH_SECONDS)


def silence_gauge(node: Node, at: datetime) -> timedelta:
    """The node goes on, its gauge sends nothing: known once that is longer than the gauge may."""
    for seconds in range(HEALTH_SECONDS, STALE_SECONDS + 1, HEALTH_SECONDS):
        node.health(at + timedelta(seconds=seconds))
    return timedelta(seconds=STALE_SECONDS)


FAULTS: dict[Fault, str] = {
    lose_view: "lost",
    lose_level: "missing",
    measure_nonsense: "missing",
    report_unknown: "lost",
    cut_node: "node_offline",
    silence_node: "node_silent",
    silence_gauge: "silent",
}


def mend(node: Node, at: datetime, fault: Fault) -> None:
    if fault is cut_node:
        node.status(at, NodeState.ONLINE)
    if fault is lose_view:
        node.view(at, EventState.ENDED, at - timedelta(seconds=5))
    node.health(at)
    node.reading(at + timedelta(seconds=1))


def causes(conn: Connection, node: Node, at: datetime) -> tuple[str | None, str | None]:
    """By the rule, and by the database; they must never differ."""
    unknown = unknown_level(knowledge.all_facts(conn)[node.gauge].facts, now=at)
    row = conn.execute(
        "SELECT gauge_unknown_cause(fact, %s) AS cause FROM gauge_fact AS fact WHERE gauge_id = %s", (at, node.gauge)
    ).fetchone()
    assert row is not None
    return (None if unknown is None else unknown.cause), row["cause"]


def recorded(conn: Connection, node: Node, at: datetime) -> datetime | None:
    """What the worker's next check records."""
    upkeep.record_silence(conn, now=at)
    row = conn.execute("SELECT stale_since FROM gauge_latest WHERE gauge_id = %s", (node.gauge,)).fetchone()
    assert row is not None
    found: datetime | None = row["stale_since"]
    return found


def test_a_hundred_faults_of_all_kinds_are_unknown_within_ten_seconds_and_known_after_repair(
    conn: Connection, tmp_path: Path
) -> None:
    chance, at = random.Random(17), NOW
    nodes = [Node(conn, MediaFolder(tmp_path), number) for number in range(GAUGES)]
    for number in range(100):
        node, fault = chance.choice(nodes), list(FAULTS)[number % len(FAULTS)]
        at += timedelta(seconds=chance.uniform(200, 900))
        node.status(at, NodeState.ONLINE)
        node.health(at)
        last = at + timedelta(seconds=1)
        node.reading(last)
        assert causes(conn, node, last + timedelta(seconds=1)) == (None, None), number
        began = at + timedelta(seconds=chance.uniform(3, 15))
        knows = max(began, at + fault(node, began)) + timedelta(seconds=5)
        assert causes(conn, node, knows + WITHIN) == (FAULTS[fault], FAULTS[fault]), (number, fault)
        assert recorded(conn, node, knows + WITHIN) == last, "history keeps the time of the last known level"
        at = knows + timedelta(seconds=chance.uniform(20, 300))
        assert None not in causes(conn, node, at), "time alone mends nothing"
        mend(node, at, fault)
        assert causes(conn, node, at + WITHIN) == (None, None), (number, fault)
        assert recorded(conn, node, at + WITHIN) is None


def test_a_node_has_no_word_on_a_gauge_that_another_one_reports(conn: Connection, tmp_path: Path) -> None:
    own, other = (Node(conn, MediaFolder(tmp_path), number) for number in (1, 2))
    own.health(NOW)
    own.reading(NOW + timedelta(seconds=1))
    message = health_message(outbox_id=other.outbox_id, at=NOW + timedelta(seconds=2), seq=1, node=other.name)
    gauges = (GaugeHealth(id=own.gauge, unknown_since=NOW),)
    other.hand(deliver(message.model_copy(update={"gauges": gauges}), at=NOW + timedelta(seconds=2)))
    assert causes(conn, own, NOW + timedelta(seconds=3)) == (None, None)


def test_a_missing_level_leaves_what_was_known_before_as_history(conn: Connection, tmp_path: Path) -> None:
    node = Node(conn, MediaFolder(tmp_path), 3)
    for seconds in (-5, 0):  # an alarm counts from the second reading on
        node.reading(NOW + timedelta(seconds=seconds), 860.0)
    node.reading(NOW + timedelta(seconds=5), None, Quality.MISSING)
    row = conn.execute(
        "SELECT level_cm, known_at, known_level_cm, stage FROM gauge_latest WHERE gauge_id = %s", (node.gauge,)
    ).fetchone()
    assert row == {"level_cm": None, "known_at": NOW, "known_level_cm": 860.0, "stage": 2}
