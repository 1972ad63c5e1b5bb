"""The writer and its sorter against a real database: crashes, repeats between writers, poison, and the sequence."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.support.cloud_core import NOW, a_reading, deliver, event_message, eventually, readings_message

from siaga_cloud.ingest.metrics import IngestMetrics
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery, Inbox
from siaga_cloud.ingest.writer import Writer
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire.acknowledgements import AckMessage

OUTBOX = uuid4()


class CrashError(Exception):
    """The end of a process, at the place where it is raised."""


class RecordingWire:
    """Stands in the place of the broker and records what is acknowledged."""

    def __init__(self, *, crashes: bool = False) -> None:
        self.crashes = crashes
        self.mids: list[int] = []
        self.seqs: set[int] = set()

    def acknowledge(self, epoch: int, mids: Iterable[int]) -> None:
        if self.crashes:
            raise CrashError
        self.mids += mids

    def publish(self, topic: str, payload: bytes) -> bool:
        ack = AckMessage.model_validate_json(payload)
        self.seqs.update(seq for each in ack.ranges for seq in range(each.first, each.last + 1))
        return True


@contextmanager
def a_writer(url: str, wire: RecordingWire, inbox: Inbox, media: Path) -> Iterator[threading.Thread]:
    writer = Writer(
        inbox=inbox, wire=wire, connect=lambda: connect(url), media=MediaFolder(media), metrics=IngestMetrics(),
        clock=lambda: NOW, policy=IngestPolicy(unowned="accept"), gather_seconds=0.05,
    )  # fmt: skip

    def run() -> None:
        try:
            writer.run()
        except CrashError:
            assert wire.crashes

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        writer.stop()
        thread.join(20)


def deliveries(count: int, *, node: str = "node-a", outbox: Any = OUTBOX) -> list[Delivery]:
    return [
        deliver(
            readings_message(
                a_reading(700 + seq % 9, at=NOW - timedelta(seconds=count - seq), gauge=f"gauge-{node}"),
                outbox_id=outbox, seq=seq, node=node,
            ),
            mid=seq,
        )
        for seq in range(1, count + 1)
    ]  # fmt: skip


def put(inbox: Inbox, those: Sequence[Delivery]) -> Inbox:
    for delivery in those:
        assert inbox.put(delivery, wait_seconds=0)
    return inbox


def rows(url: str, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as conn:
        return conn.execute(query.encode()).fetchall()


def stored(url: str) -> tuple[int, int]:
    (row,) = rows(url, "SELECT (SELECT count(*) FROM message) AS m, (SELECT count(*) FROM reading) AS r")
    return row["m"], row["r"]


def test_what_was_committed_before_a_crash_and_not_acknowledged_is_stored_once(
    database_url: str, tmp_path: Path
) -> None:
    those = deliveries(700)
    with a_writer(database_url, RecordingWire(crashes=True), put(Inbox(), those), tmp_path) as crashed:
        eventually(lambda: not crashed.is_alive(), what="the crash after the commit")
    committed, _ = stored(database_url)
    assert committed > 0
    wire = RecordingWire()
    with a_writer(database_url, wire, put(Inbox(), those), tmp_path):
        eventually(lambda: len(wire.seqs) == 700, what="all acknowledged")
    assert stored(database_url) == (700, 700)
    (ledger,) = rows(database_url, "SELECT received, stored, duplicate, missing FROM node_ledger")
    assert ledger == {"received": 700 + committed, "stored": 700, "duplicate": committed, "missing": 0}


def test_two_writers_that_get_the_same_messages_in_any_sequence_store_each_once(
    database_url: str, tmp_path: Path
) -> None:
    those = [one for node in ("node-a", "node-b", "node-c") for one in deliveries(400, node=node, outbox=uuid4())]
    mixed = random.Random(3).sample(those, len(those))
    first, second = RecordingWire(), RecordingWire()
    with (
        a_writer(database_url, first, put(Inbox(), mixed), tmp_path),
        a_writer(database_url, second, put(Inbox(), mixed[::-1]), tmp_path),
    ):
        eventually(lambda: len(first.mids) == len(second.mids) == 1200, what="all acknowledged by both")
    assert stored(database_url) == (1200, 1200)
    (ledger,) = rows(
        database_url, "SELECT sum(stored)::int AS stored, sum(duplicate)::int AS duplicate FROM node_ledger"
    )
    assert ledger == {"stored": 1200, "duplicate": 1200}


def test_poison_among_good_messages_is_alone_a_dead_letter(database_url: str, tmp_path: Path) -> None:
    event = event_message(outbox_id=OUTBOX, at=NOW, seq=301)
    # Valid on the wire, and nothing that PostgreSQL's jsonb can hold.
    poison = event.model_copy(update={"details": event.details.model_copy(update={"label": "car\x00"})})
    good = deliveries(600)
    those = [*good[:300], deliver(poison, mid=601), *good[301:]]
    wire = RecordingWire()
    with a_writer(database_url, wire, put(Inbox(), those), tmp_path):
        eventually(lambda: len(wire.seqs) == 600, what="all acknowledged")
    assert [row["seq"] for row in rows(database_url, "SELECT seq FROM dead_letter")] == [301]
    assert stored(database_url) == (599, 599)


def test_the_stages_of_a_gauge_follow_the_sequence_of_its_messages(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "INSERT INTO gauge (id, lat, lon, s3_cm, s2_cm, s1_cm, hysteresis_cm)"
            " VALUES ('manggarai', -6.2, 106.8, 750, 850, 950, 5)"
        )
    levels = [700.0] * 300 + [800.0] * 300 + [900.0] * 300
    those = [
        deliver(
            readings_message(a_reading(level, at=NOW - timedelta(minutes=900 - i)), outbox_id=OUTBOX, seq=i + 1),
            mid=i + 1,
        )
        for i, level in enumerate(levels)
    ]
    wire = RecordingWire()
    with a_writer(database_url, wire, put(Inbox(), those), tmp_path):
        eventually(lambda: len(wire.mids) == 900, what="all acknowledged")
    assert wire.mids == sorted(wire.mids), "acknowledged in the sequence in which they came"
    stages = rows(database_url, "SELECT at, stage FROM gauge_stage ORDER BY at")
    assert [row["stage"] for row in stages] == [4, 3, 2]
    assert all(before["at"] < after["at"] for before, after in pairwise(stages))


def acknowledged(wire: RecordingWire, count: int) -> None:
    eventually(lambda: len(wire.mids) == count, what="all acknowledged")


@pytest.mark.parametrize("resend", [lambda those: those[:5] + those, lambda those: those + those[-5:]])
def test_repeats_in_a_batch_and_of_an_earlier_one_change_nothing(
    database_url: str, tmp_path: Path, resend: Callable[[list[Delivery]], list[Delivery]]
) -> None:
    those = deliveries(40)
    for given in (those[:20], resend(those)):
        wire = RecordingWire()
        with a_writer(database_url, wire, put(Inbox(), given), tmp_path):
            acknowledged(wire, len(given))
    assert stored(database_url) == (40, 40)
    (ledger,) = rows(database_url, "SELECT stored, duplicate FROM node_ledger")
    assert ledger == {"stored": 40, "duplicate": 25}


def test_a_reading_that_two_messages_hold_is_stored_once(database_url: str, tmp_path: Path) -> None:
    reading = a_reading(at=NOW)
    those = [deliver(readings_message(reading, outbox_id=OUTBOX, seq=seq), mid=seq) for seq in (1, 2)] + [
        deliver(readings_message(a_reading(at=NOW - timedelta(minutes=1)), reading, outbox_id=OUTBOX, seq=3), mid=3)
    ]
    for given in (those[:2], those[2:]):
        wire = RecordingWire()
        with a_writer(database_url, wire, put(Inbox(), given), tmp_path):
            acknowledged(wire, len(given))
    assert stored(database_url) == (3, 2)
