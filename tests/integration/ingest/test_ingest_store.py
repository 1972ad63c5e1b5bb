"""One batch against a real TimescaleDB: what is kept, what is counted, what is told."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.support.cloud_core import (
    NOW,
    a_delivery,
    a_jpeg,
    a_reading,
    deliver,
    event_message,
    evidence_message,
    health_message,
    readings_message,
    stage_event,
)

from siaga_cloud.fleet.store import replays
from siaga_cloud.gauges.store import readings as gauges
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import BatchResult, store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire import codec, topics
from siaga_core.wire.messages import EventState, NodeState, Quality, Stage, StatusMessage

OUTBOX = uuid4()


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        prepare_stages(connection)
        yield connection


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def accept(conn: Connection, media: MediaFolder, *deliveries: Delivery) -> BatchResult:
    with conn.transaction():
        return store(conn, sort(deliveries), media=media, now=NOW, policy=IngestPolicy(unowned="accept"))


def one(conn: Connection, query: str) -> dict[str, Any]:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None, query
    return row


def ledger(conn: Connection) -> dict[str, int]:
    row = one(
        conn, "SELECT highest_seq, received, stored, duplicate, dead, quarantined, evicted, missing FROM node_ledger"
    )
    return dict(row)


def with_limits(conn: Connection, node_id: str | None = None) -> None:
    conn.execute(
        "INSERT INTO gauge (id, lat, lon, s3_cm, s2_cm, s1_cm, hysteresis_cm, node_id)"
        " VALUES ('manggarai', -6.2, 106.8, 750, 850, 950, 5, %s)",
        (node_id,),
    )


def test_a_message_that_comes_twice_is_stored_once_and_counted_twice(conn: Connection, media: MediaFolder) -> None:
    message = readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=1)
    accept(conn, media, deliver(message), deliver(message, mid=2))
    again = accept(conn, media, deliver(message, mid=3))
    assert ledger(conn) == {
        "highest_seq": 1, "received": 3, "stored": 1, "duplicate": 2, "dead": 0, "quarantined": 0, "evicted": 0,
        "missing": 0,
    }  # fmt: skip
    assert one(conn, "SELECT count(*) AS n FROM message")["n"] == 1
    assert one(conn, "SELECT count(*) AS n FROM reading")["n"] == 1
    assert again.acknowledge == {("node-a", OUTBOX): [1]}, "a duplicate is acknowledged too, or it would come for ever"


def test_poison_is_stored_with_its_bytes_and_reason_and_acknowledged(conn: Connection, media: MediaFolder) -> None:
    good = json.loads(codec.encode(readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=7)))
    good["readings"][0]["level_cm"] = "deep"
    payload = json.dumps(good).encode()
    topic = topics.up("node-a", topics.UpStream.READINGS)
    stored = accept(conn, media, a_delivery(topic, payload))
    alert_message = one(conn, "SELECT * FROM dead_letter")
    assert bytes(alert_message["payload"]) == payload
    assert alert_message["reason"].startswith("readings.0.level_cm: ")
    assert (alert_message["node_id"], alert_message["outbox_id"], alert_message["seq"]) == ("node-a", OUTBOX, 7)
    assert stored.acknowledge == {("node-a", OUTBOX): [7]}
    good["sent_at"] = (NOW + timedelta(minutes=1)).isoformat()
    accept(conn, media, a_delivery(topic, json.dumps(good).encode()))
    assert one(conn, "SELECT count(*) AS n, max(times) AS times FROM dead_letter") == {"n": 1, "times": 2}
    assert (ledger(conn)["dead"], ledger(conn)["duplicate"]) == (1, 1)


def test_garbage_on_a_strange_topic_is_stored_once(conn: Connection, media: MediaFolder) -> None:
    for mid in (1, 2):
        stored = accept(conn, media, a_delivery("siaga/v1/s00/node-a/up/gossip", b"\x00\xffnot json", mid=mid))
    assert stored.acknowledge == {}
    alert_message = one(conn, "SELECT payload, times, node_id FROM dead_letter")
    assert (bytes(alert_message["payload"]), alert_message["times"], alert_message["node_id"]) == (
        b"\x00\xffnot json",
        2,
        None,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(timedelta(days=-31), id="a clock of last month"),
        pytest.param(timedelta(hours=2), id="a clock ahead"),
        pytest.param(timedelta(days=-20000), id="1970"),
    ],
)
def test_a_wrong_clock_is_quarantined_whole_and_acknowledged(
    conn: Connection, media: MediaFolder, wrong: timedelta
) -> None:
    message = readings_message(a_reading(at=NOW + wrong), outbox_id=OUTBOX, seq=3)
    stored = accept(conn, media, deliver(message))
    saved = one(conn, "SELECT * FROM quarantine")
    assert bytes(saved["payload"]) == codec.encode(message)
    assert saved["reason"].startswith("measured_at: got ")
    assert stored.acknowledge == {("node-a", OUTBOX): [3]}
    assert one(conn, "SELECT count(*) AS n FROM message")["n"] == 0
    assert ledger(conn)["quarantined"] == 1
    accept(conn, media, deliver(message, mid=2))
    assert (ledger(conn)["quarantined"], ledger(conn)["duplicate"]) == (1, 1)


def test_a_single_old_reading_quarantines_its_message(conn: Connection, media: MediaFolder) -> None:
    old = a_reading(at=NOW - timedelta(days=400))
    accept(conn, media, deliver(readings_message(old, a_reading(at=NOW), outbox_id=OUTBOX)))
    assert one(conn, "SELECT count(*) AS n FROM quarantine")["n"] == 1


def test_gaps_in_seq_are_missing_until_they_come_or_are_evicted(conn: Connection, media: MediaFolder) -> None:
    accept(conn, media, deliver(readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=1)))
    later = a_reading(at=NOW + timedelta(seconds=1))
    accept(conn, media, deliver(readings_message(later, outbox_id=OUTBOX, seq=5)))
    assert ledger(conn)["missing"] == 3
    accept(conn, media, deliver(health_message(outbox_id=OUTBOX, at=NOW, seq=6, evicted=2)))
    assert (ledger(conn)["missing"], ledger(conn)["evicted"]) == (1, 2)
    between = a_reading(at=NOW - timedelta(seconds=9))
    accept(conn, media, deliver(readings_message(between, outbox_id=OUTBOX, seq=2)))
    assert ledger(conn)["missing"] == 0


def test_the_stage_of_record_follows_the_rule_reading_by_reading(conn: Connection, media: MediaFolder) -> None:
    with_limits(conn)
    levels = [700, 760, 900, 960, 948, 900]
    rows = [a_reading(level, at=NOW - timedelta(minutes=60 - 10 * i)) for i, level in enumerate(levels)]
    accept(conn, media, deliver(readings_message(*rows[:3], outbox_id=OUTBOX, seq=1)))
    accept(conn, media, deliver(readings_message(*rows[3:], outbox_id=OUTBOX, seq=2)))
    seen = [row["stage"] for row in conn.execute("SELECT stage FROM gauge_stage ORDER BY at")]
    assert seen == [4, 3, 2, 1, 2], "948 is within the hysteresis of Siaga 1, 900 is not"
    latest = one(conn, "SELECT level_cm, stage, stage_since FROM gauge_latest")
    assert latest == {"level_cm": 900, "stage": 2, "stage_since": NOW - timedelta(minutes=10)}


def test_late_and_bad_readings_do_not_move_what_is_newest_but_the_record_contains_them(
    conn: Connection, media: MediaFolder
) -> None:
    with_limits(conn)
    accept(conn, media, deliver(readings_message(a_reading(760, at=NOW), outbox_id=OUTBOX, seq=1)))
    peak = (a_reading(988, at=NOW - timedelta(minutes=61)), a_reading(990, at=NOW - timedelta(hours=1)))
    late = readings_message(*peak, outbox_id=OUTBOX, seq=2, late=True)
    bad = readings_message(
        a_reading(999, at=NOW + timedelta(seconds=1), quality=Quality.BAD, flags=("spike",)), outbox_id=OUTBOX, seq=3
    )
    accept(conn, media, deliver(late), deliver(bad))
    latest = one(conn, "SELECT level_cm, quality, stage FROM gauge_latest")
    assert latest == {"level_cm": 999, "quality": "bad", "stage": 3}
    assert one(conn, "SELECT count(*) AS n FROM reading")["n"] == 4
    changes = conn.execute("SELECT previous_stage, stage FROM gauge_stage ORDER BY at").fetchall()
    assert [tuple(row.values()) for row in changes] == [(None, 1), (1, 3)]


FINAL = {
    "reading": "gauge_id, measured_at, level_cm, quality, flags",
    "gauge_latest": "gauge_id, measured_at, level_cm, quality, stage, stage_since",
    "gauge_stage": "gauge_id, at, previous_stage, stage, level_cm",
    "reading_hourly": "gauge_id, bucket, n, n_good, sum_cm, min_cm, max_cm, first_cm, last_cm",
    "event": "id, revision, state, began_at, ended_at, measured_at, confidence",
    # Those of the cloud's own stages are alarms: of what was over when it was heard, none is raised (ADR 0022).
    "signal WHERE kind = 'event'": "id, kind, category, confidence, began_at, ended_at, measured_at, revision",
    "node_ledger": "node_id, outbox_id, highest_seq, received, stored, duplicate, missing, evicted",
    "message": "id, measured_at, node_id, stream, seq",
}


def final(conn: Connection, media: MediaFolder, batches: list[list[Delivery]]) -> dict[str, list[Any]]:
    """All that is kept of these batches, but when it came; nothing of it stays."""
    with conn.transaction(force_rollback=True):
        with_limits(conn)
        for batch in batches:
            accept(conn, media, *batch)
        gauges.recompute_dirty(conn, limit=100, now=NOW)
        return {
            table: sorted(conn.execute(f"SELECT {columns} FROM {table}".encode()).fetchall(), key=repr)  # noqa: S608
            for table, columns in FINAL.items()
        }


def test_the_record_does_not_depend_on_the_sequence_of_a_nodes_messages(conn: Connection, media: MediaFolder) -> None:
    levels = [700, 760, 900, 960, 948, 900, 700, None, 845, 851, 846, 839]
    messages: list[Any] = [
        readings_message(a_reading(level, at=NOW + timedelta(minutes=10 * i - 110), quality=Quality.MISSING
                                   if level is None else Quality.GOOD), outbox_id=OUTBOX, seq=i + 1)
        for i, level in enumerate(levels)
    ]  # fmt: skip
    parked = event_message(outbox_id=OUTBOX, at=NOW, seq=13)
    messages += [parked, *(
        event_message(outbox_id=OUTBOX, at=NOW + timedelta(seconds=revision), began_at=NOW, seq=12 + revision,
                      event_id=parked.event_id, revision=revision, state=state)
        for revision, state in ((2, EventState.UPDATED), (3, EventState.ENDED))
    ), health_message(outbox_id=OUTBOX, at=NOW, seq=16)]  # fmt: skip
    deliveries = [deliver(message, mid=number) for number, message in enumerate(messages, start=1)]
    in_order = final(conn, media, [[delivery] for delivery in deliveries])
    stages = sorted(in_order["gauge_stage"], key=lambda row: row["at"])
    assert [row["stage"] for row in stages] == [4, 3, 2, 1, 2, 4, 3, 2, 3]
    chance = random.Random(7)
    for _ in range(25):
        mixed = chance.sample(deliveries, len(deliveries))
        cut = sorted(chance.sample(range(1, len(mixed)), 4))
        batches = [mixed[a:b] for a, b in pairwise([0, *cut, len(mixed)])]
        found = final(conn, media, batches)
        for table, rows in in_order.items():
            assert found[table] == rows, table


def test_a_node_may_not_speak_for_anothers_gauge(conn: Connection, media: MediaFolder) -> None:
    with_limits(conn, node_id="node-b")
    accept(conn, media, deliver(readings_message(a_reading(at=NOW), outbox_id=OUTBOX)))
    assert one(conn, "SELECT reason FROM dead_letter")["reason"] == "gauge manggarai belongs to node node-b"
    assert one(conn, "SELECT count(*) AS n FROM reading")["n"] == 0


def test_dirty_hours_are_rolled_up_from_what_is_there(conn: Connection, media: MediaFolder) -> None:
    first = readings_message(
        a_reading(100, at=NOW), a_reading(None, at=NOW + timedelta(minutes=1), quality=Quality.MISSING),
        a_reading(130, at=NOW + timedelta(minutes=59)), outbox_id=OUTBOX, seq=1, at=NOW,
    )  # fmt: skip
    accept(conn, media, deliver(first))
    assert gauges.recompute_dirty(conn, limit=10, now=NOW) == 1
    late = readings_message(a_reading(70, at=NOW + timedelta(minutes=30)), outbox_id=OUTBOX, seq=2)
    accept(conn, media, deliver(late), deliver(first))
    assert gauges.recompute_dirty(conn, limit=10, now=NOW) == 1
    hour = one(conn, "SELECT n, n_good, sum_cm, min_cm, max_cm, first_cm, last_cm, bucket FROM reading_hourly")
    assert hour == {
        "n": 4, "n_good": 3, "sum_cm": 300, "min_cm": 70, "max_cm": 130, "first_cm": 100, "last_cm": 130, "bucket": NOW,
    }  # fmt: skip
    assert gauges.recompute_dirty(conn, limit=10, now=NOW) == 0


def test_an_hours_sum_does_not_depend_on_the_sequence_of_its_readings(conn: Connection, media: MediaFolder) -> None:
    levels = [800.0 + (number % 97) / 10 for number in range(3500)]
    at = [NOW + timedelta(seconds=number) for number in range(3500)]
    readings = [a_reading(level, at=when) for level, when in zip(levels, at, strict=True)]
    batches = [readings_message(*readings[first : first + 50], outbox_id=OUTBOX, seq=first + 1, at=NOW)
               for first in range(0, 3500, 50)]  # fmt: skip
    random.Random(1).shuffle(batches)
    accept(conn, media, *map(deliver, batches))
    gauges.recompute_dirty(conn, limit=10, now=NOW)
    hour = one(conn, "SELECT n_good, sum_cm FROM reading_hourly")
    assert hour["n_good"] == 3500
    assert hour["sum_cm"] == pytest.approx(sum(levels), abs=0.1)  # each level is kept as a float4


def test_acknowledgements_name_the_newest_replay_that_their_own_transaction_saw(
    conn: Connection, media: MediaFolder
) -> None:
    def named(at: datetime) -> UUID | None:
        message = deliver(readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=1))
        with conn.transaction():
            return store(conn, sort([message]), media=media, now=at, policy=IngestPolicy(unowned="accept")).replay

    assert named(NOW) is None
    day = timedelta(days=1)
    replays.request(conn, since=NOW, now=NOW, lasts=day, by="test")
    update = replays.request(conn, since=NOW, now=NOW + timedelta(seconds=1), lasts=day, by="test")
    assert named(NOW + timedelta(seconds=2)) == update
    assert named(NOW + 2 * day) == update, "who was asked last, and has begun again since, still wants to read it"
    assert named(NOW + 4 * day) is None


def test_the_highest_revision_of_an_event_is_the_truth(conn: Connection, media: MediaFolder) -> None:
    began = event_message(outbox_id=OUTBOX, at=NOW, seq=1)
    ended = event_message(
        outbox_id=OUTBOX, at=NOW + timedelta(minutes=9), seq=3, event_id=began.event_id, revision=3,
        state=EventState.ENDED, began_at=NOW,
    )  # fmt: skip
    updated = event_message(outbox_id=OUTBOX, at=NOW, seq=2, event_id=began.event_id, revision=2)
    accept(conn, media, deliver(began))
    accept(conn, media, deliver(ended))
    accept(conn, media, deliver(updated))
    assert one(conn, "SELECT revision, state FROM event") == {"revision": 3, "state": "ended"}
    signal = one(conn, "SELECT revision, ended_at, source_key, category FROM signal")
    assert signal == {
        "revision": 3, "ended_at": NOW + timedelta(minutes=9), "source_key": "camera:cam-manggarai",
        "category": "illegal_parking",
    }  # fmt: skip
    jobs = one(conn, "SELECT count(*) AS n, min(args ->> 'signal_id') AS signal FROM procrastinate_jobs")
    assert jobs == {"n": 2, "signal": str(began.event_id)}


@pytest.mark.parametrize(
    ("stages", "ended"),
    [
        pytest.param([Stage.SIAGA_3], None, id="Siaga 3 is no signal"),
        pytest.param([Stage.SIAGA_3, Stage.SIAGA_2], False, id="Siaga 2 is"),
        pytest.param([Stage.SIAGA_2, Stage.SIAGA_3], True, id="back to Siaga 3 ends it"),
    ],
)
def test_only_the_worse_stages_are_signals(
    conn: Connection, media: MediaFolder, stages: list[Stage], ended: bool | None
) -> None:
    event_id = uuid4()
    for number, stage in enumerate(stages, start=1):
        at = NOW + timedelta(minutes=number)
        message = stage_event(stage, outbox_id=OUTBOX, at=at, seq=number, event_id=event_id, revision=number)
        accept(conn, media, deliver(message))
    row = conn.execute("SELECT category, ended_at FROM signal").fetchone()
    if ended is None:
        assert row is None
    else:
        assert row is not None
        assert (row["category"], row["ended_at"] is not None) == ("flooding", ended)


def test_evidence_lies_in_the_folder_under_its_hash_even_before_its_event(conn: Connection, media: MediaFolder) -> None:
    jpeg, event_id = a_jpeg(), uuid4()
    accept(conn, media, a_delivery(*evidence_message(jpeg, event_id=event_id, outbox_id=OUTBOX, seq=1, at=NOW)))
    row = one(conn, "SELECT sha256, size_bytes, redacted, event_id FROM evidence JOIN media ON media.id = media_id")
    assert (row["size_bytes"], row["redacted"], row["event_id"]) == (len(jpeg), True, event_id)
    assert media.read(row["sha256"]) == jpeg


def test_evidence_with_a_wrong_hash_is_a_dead_letter(conn: Connection, media: MediaFolder) -> None:
    lie = evidence_message(a_jpeg(), event_id=uuid4(), outbox_id=OUTBOX, seq=1, at=NOW, sha256="0" * 64)
    accept(conn, media, a_delivery(*lie))
    assert one(conn, "SELECT reason FROM dead_letter")["reason"] == "evidence: sha256 differs from that of the bytes"


def test_status_of_an_older_connection_changes_nothing(conn: Connection, media: MediaFolder) -> None:
    topic = topics.up("node-a", topics.UpStream.STATUS)
    newer = StatusMessage(node="node-a", state=NodeState.ONLINE, at=NOW)
    older = StatusMessage(node="node-a", state=NodeState.OFFLINE, at=NOW - timedelta(hours=1))
    accept(conn, media, a_delivery(topic, codec.encode(newer)))
    accept(conn, media, a_delivery(topic, codec.encode(older)))
    assert one(conn, "SELECT state FROM node")["state"] == "online"
    assert one(conn, "SELECT count(*) AS n FROM node_ledger")["n"] == 0, "status is not counted"


def test_listeners_are_notified_with_the_time_of_measurement(
    database_url: str, conn: Connection, media: MediaFolder
) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN siaga_live")
        accept(conn, media, deliver(readings_message(a_reading(at=NOW), outbox_id=OUTBOX)))
        reported = [json.loads(note.payload) for note in listener.notifies(timeout=5, stop_after=1)]
    assert reported == [{"kind": "gauge", "id": "manggarai", "at": NOW.isoformat()}]


def test_the_ingest_role_can_store_but_cannot_see_people(database_url: str, media: MediaFolder) -> None:
    with connect(database_url) as conn:
        conn.execute("SET ROLE siaga_ingest")
        conn.commit()
        prepare_stages(conn)
        accept(conn, media, deliver(event_message(outbox_id=OUTBOX, at=NOW)))
        accept(conn, media, deliver(readings_message(a_reading(at=NOW), outbox_id=OUTBOX, seq=2)))
        image = evidence_message(a_jpeg(), event_id=uuid4(), outbox_id=OUTBOX, seq=3, at=NOW)
        accept(conn, media, a_delivery(*image), a_delivery("nonsense", b""))
        for table in ("app_user", "report", "report_contact", "task"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(b"TABLE " + table.encode())
