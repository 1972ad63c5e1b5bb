"""What a hostile node cannot do: report for others, fill the database with junk, raise a stage by impossible levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import (
    NOW,
    Sender,
    a_delivery,
    a_reading,
    all_served,
    cloud_environment,
    cloud_process,
    deliver,
    event_message,
    eventually,
    readings_message,
    stage_event,
    utc_now,
)
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.dead_letters.store import over_room
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.queue import Delivery
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store.batches import BatchResult, store
from siaga_cloud.ingest.store.messages import prepare_stages
from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.wire import topics
from siaga_core.wire.messages import Hazard, Source, SourceKind, Stage
from siaga_sim.stack.broker import INGEST_USER, Broker

NODE, OUTBOX, DEFAULTS = "posko-utara", uuid4(), IngestPolicy()


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        connection.execute(
            "INSERT INTO gauge (id, lat, lon, s3_cm, s2_cm, s1_cm, node_id) VALUES"
            " ('manggarai', -6.2, 106.8, 750, 850, 950, %(node)s), ('katulampa', -6.6, 106.8, 80, 150, 200, %(node)s)",
            {"node": NODE},
        )
        prepare_stages(connection)
        yield connection


def accept(conn: Connection, folder: Path, *deliveries: Delivery, policy: IngestPolicy = DEFAULTS) -> BatchResult:
    with conn.transaction():
        return store(conn, sort(deliveries), media=MediaFolder(folder), now=NOW, policy=policy)


def rows(conn: Connection, query: str) -> list[dict[str, Any]]:
    return conn.execute(query.encode()).fetchall()


def levels(conn: Connection, folder: Path, gauge: str, *measured: tuple[float, float]) -> None:
    """Store (minute, level) one message after the other, as they come."""
    for minute, level_cm in measured:
        reading = a_reading(level_cm, at=NOW + timedelta(minutes=minute), gauge=gauge)
        seq = 5000 + int(minute * 60)
        accept(conn, folder, deliver(readings_message(reading, node=NODE, outbox_id=OUTBOX, seq=seq)))


def junk(number: int, topic: str) -> Delivery:
    return a_delivery(topic, f"{number:4} {'x' * 1000}".encode(), mid=number)


def test_two_thousand_junk_messages_are_counted_and_five_hundred_stored(conn: Connection, tmp_path: Path) -> None:
    """The reproduction of the finding: before, 2,000 dead letters with 2 MB stayed for 40 days."""
    readings = topics.up(NODE, topics.UpStream.READINGS)
    for first in range(0, 2000, 500):
        accept(conn, tmp_path, *(junk(number, readings) for number in range(first, first + 500)))
    (buried,) = rows(conn, "SELECT count(*) AS n FROM dead_letter")
    (hour,) = over_room(conn, since=NOW - timedelta(hours=1), limit=5)
    assert (buried["n"], hour.sender, hour.stored, hour.counted) == (500, NODE, 500, 1500)
    assert hour.counted_bytes == 1500 * 1005
    assert hour.last_reason
    other = topics.up("pintu-manggarai", topics.UpStream.READINGS)
    assert accept(conn, tmp_path, junk(1, other)).counted_only == 0, "the room of one node is not that of another"


def test_dead_letters_are_bounded_in_bytes_and_junk_topics_count_for_their_sender(
    conn: Connection, tmp_path: Path
) -> None:
    topic = f"siaga/v1/s00/{NODE}/up/junk/7"
    result = accept(
        conn, tmp_path, *(junk(n, topic) for n in range(10)), policy=IngestPolicy(dead_letter_bytes_per_hour=3100)
    )
    assert (result.dead, result.counted_only) == (10, 7)
    assert rows(conn, "SELECT sender, stored, stored_bytes, counted FROM dead_letter_hour") == [
        {"sender": NODE, "stored": 3, "stored_bytes": 3015, "counted": 7}
    ]


def test_a_quarantined_message_beyond_the_room_is_counted_and_acknowledged(conn: Connection, tmp_path: Path) -> None:
    late = [
        deliver(readings_message(a_reading(at=NOW - timedelta(days=99)), node=NODE, outbox_id=OUTBOX, seq=seq))
        for seq in range(1, 6)
    ]
    result = accept(conn, tmp_path, *late, policy=IngestPolicy(dead_letters_per_hour=2))
    assert result.acknowledge == {(NODE, OUTBOX): [1, 2, 3, 4, 5]}
    assert len(result.refused[NODE, OUTBOX]) == 5
    assert rows(conn, "SELECT count(*) AS n FROM quarantine") == [{"n": 2}]
    assert rows(conn, "SELECT quarantined, missing FROM node_ledger") == [{"quarantined": 5, "missing": 0}]


def test_an_impossible_level_is_stored_with_a_flag_and_changes_no_stage(conn: Connection, tmp_path: Path) -> None:
    """The reproduction of the finding: 1234.5 cm was stored as good."""
    levels(conn, tmp_path, "manggarai", (-3, 600), (-2, 1234.5), (-1, 1234.5))
    stored = rows(conn, "SELECT level_cm, quality, flags FROM reading ORDER BY measured_at")
    assert [(row["quality"], row["flags"]) for row in stored] == [
        ("good", []), ("bad", ["implausible"]), ("bad", ["implausible"]),
    ]  # fmt: skip
    assert rows(conn, "SELECT stage FROM gauge_stage") == [{"stage": 4}]
    assert rows(conn, "SELECT stage, quality FROM gauge_latest") == [{"stage": 4, "quality": "bad"}]
    assert rows(conn, "SELECT FROM signal") == []


def test_a_jump_waits_for_a_second_reading_and_a_rising_river_for_nothing(conn: Connection, tmp_path: Path) -> None:
    levels(conn, tmp_path, "katulampa", (-20, 50), (-19, 260))
    assert rows(conn, "SELECT stage, flags FROM gauge_latest") == [{"stage": 4, "flags": ["unconfirmed"]}]
    levels(conn, tmp_path, "katulampa", (-18, 261))
    changes = rows(conn, "SELECT stage, at FROM gauge_stage ORDER BY at")
    assert [(row["stage"], row["at"]) for row in changes[1:]] == [(1, NOW - timedelta(minutes=18))]
    levels(conn, tmp_path, "manggarai", (-20, 700), (-19, 740), (-18, 790), (-17, 840), (-16, 890), (-15, 940))
    changes = rows(conn, "SELECT stage, at FROM gauge_stage WHERE gauge_id = 'manggarai' ORDER BY at")
    minutes = [(row["stage"], (NOW - row["at"]).total_seconds() / 60) for row in changes]
    assert minutes == [(4, 20), (3, 18), (2, 16)], "each with the reading that reached it"


def test_the_event_of_an_impossible_alarm_is_no_signal_and_the_record_speaks_in_its_place(
    conn: Connection, tmp_path: Path
) -> None:
    levels(conn, tmp_path, "manggarai", (-10, 600))
    alarm = stage_event(Stage.SIAGA_1, outbox_id=OUTBOX, at=NOW - timedelta(minutes=9), node=NODE, seq=1)
    accept(conn, tmp_path, deliver(alarm))
    assert rows(conn, "SELECT state, doubted_at IS NOT NULL AS doubted FROM event") == [
        {"state": "began", "doubted": True}
    ]
    assert rows(conn, "SELECT FROM signal") == [], "900 cm one minute after 600 cm: nobody confirms it"
    levels(conn, tmp_path, "manggarai", (-8, 900), (-7, 905))
    assert rows(conn, "SELECT kind, note FROM signal") == [
        {"kind": "stage", "note": "Siaga 2, decided from readings"}
    ], "two readings agree: the stage of record is the signal"


JUNK, UNREADABLE = 200, 700


@pytest.fixture
def stolen_node(tmp_path: Path, database_url: str) -> Iterator[tuple[Api, Sender, Broker]]:
    """A node of the demo city in other hands, with its own password at the real broker; ingest runs as a process."""
    tokens = load_demo_city(database_url)
    words = {name: f"word-of-{name}" for name in (INGEST_USER, NODE)}
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path / "media")
    with Broker(folder=tmp_path / "mosquitto", logins=words) as broker:
        environment = cloud_environment(database_url, broker, tmp_path / "media", SIAGA_UNOWNED="refuse")
        ingest = cloud_process("ingest", environment, tmp_path / "ingest.log")
        with ingest, serve(settings, tokens) as api, Sender(NODE, broker, words[NODE]) as sender:
            eventually(lambda: all_served(database_url, ["1"]), what="ingest serves")
            yield api, sender, broker
    broker.remove()


def test_a_stolen_node_at_the_real_broker_reports_its_own_gauge_alone(stolen_node: tuple[Api, Sender, Broker]) -> None:
    """The reproduction of the finding: 260 cm for katulampa was public, Siaga 1 and good in every answer."""
    api, sender, _ = stolen_node
    at = utc_now()
    for seq, (gauge, level_cm) in enumerate(
        (("katulampa", 260), ("manggarai", 1234.5), ("newgauge-x", 1234.5), ("pasar-ikan", 150)), start=1
    ):
        reading = a_reading(level_cm, at=at, gauge=gauge)
        sender.send(readings_message(reading, node=NODE, outbox_id=sender.outbox_id, seq=seq))
    camera = Source(kind=SourceKind.CAMERA, id="cam-manggarai")
    flood = event_message(outbox_id=sender.outbox_id, at=at, seq=5, node=NODE, hazard=Hazard.FLOODING, source=camera)
    sender.send(flood)
    eventually(lambda: sender.waiting == 0, what="the cloud has answered all five")
    with api.client() as public:
        levels = {one["id"]: (one["level_cm"], one["stage"]) for one in public.get("/api/v1/gauges").json()}
    assert levels["pasar-ikan"] == (150, 4), "its own gauge"
    assert (levels["katulampa"], levels["manggarai"]) == ((None, None), (None, None))
    assert "newgauge-x" not in levels
    with api.connection() as conn:
        assert [row["gauge_id"] for row in rows(conn, "SELECT gauge_id FROM reading")] == ["pasar-ikan"]
        assert rows(conn, "SELECT FROM signal") == []
    with api.client("admin") as admin:
        refused = {one["id"] for one in admin.get("/api/v1/admin/sources/refused").json()}
    assert refused == {"katulampa", "manggarai", "newgauge-x", "cam-manggarai"}


def test_junk_of_a_stolen_node_fills_neither_the_database_nor_the_broker(
    stolen_node: tuple[Api, Sender, Broker],
) -> None:
    """The reproduction of the finding: each of 2,000 retained messages became a dead letter with its bytes."""
    api, _, broker = stolen_node
    readings = topics.up(NODE, topics.UpStream.READINGS)
    thief = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    thief.username_pw_set(NODE, broker.logins[NODE])
    thief.max_queued_messages_set(0)
    thief.connect("127.0.0.1", broker.port)
    thief.loop_start()
    shard = readings.split("/")[2]
    for number in range(JUNK):
        thief.publish(f"siaga/v1/{shard}/{NODE}/up/junk/{number}", b"x" * 1000, qos=1, retain=True)
    for number in range(UNREADABLE):
        last = thief.publish(readings, b"%d %s" % (number, b"x" * 1000), qos=1, retain=True)
    last.wait_for_publish(20)
    thief.disconnect()
    thief.loop_stop()

    def accounted() -> dict[str, int]:
        query = "SELECT count(*) AS hours, sum(stored) AS stored, sum(stored + counted) AS n FROM dead_letter_hour"
        with api.connection() as conn:
            return {**rows(conn, query)[0], **rows(conn, "SELECT count(*) AS letters FROM dead_letter")[0]}

    eventually(lambda: (accounted()["n"] or 0) >= UNREADABLE, what="all that the broker let through")
    found = accounted()
    assert found["n"] == UNREADABLE, "the broker let no junk topic through"
    assert found["letters"] == found["stored"] <= found["hours"] * DEFAULTS.dead_letters_per_hour
    eventually(lambda: retained(broker) == [], what="nothing remains on the broker")


def retained(broker: Broker) -> list[str]:
    """The topics below the node that the broker would hand to a new subscriber."""
    found: list[str] = []
    done = Event()
    reader = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    reader.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
    reader.on_message = lambda _c, _d, message: found.append(message.topic)
    reader.on_subscribe = lambda *_: (reader.publish(topics.down("node-c", topics.DownStream.ACK), b"", qos=1), None)[1]
    reader.on_publish = lambda *_: done.set()
    reader.connect("127.0.0.1", broker.port)
    reader.subscribe(f"siaga/v1/+/{NODE}/up/#", qos=1)
    reader.loop_start()
    assert done.wait(10)
    reader.disconnect()
    reader.loop_stop()
    return found
