"""New Observations by MQTT: the ingest program tells the public's reader, who may read them and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import Sender, a_reading, all_served, cloud_environment, cloud_process, readings_message

from tests.support.cloud_core import eventually, utc_now  # isort: skip
from tests.support.http_api import load_demo_city
from tests.support.owners import hand_over

from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.gauges.store.readings import ReadingRow
from siaga_cloud.ingest.store.batches import BatchResult
from siaga_cloud.interop.sensorthings.mqtt import MOST_AT_ONCE, SensorThingsPublisher, topics_of
from siaga_core.wire import topics
from siaga_sim.stack.broker import READER_USER, Broker

LEVEL_TOPIC = "v1.1/Datastreams('manggarai.level')/Observations"
STAGE_TOPIC = "v1.1/Datastreams('manggarai.stage')/Observations"


@pytest.fixture
def received(broker: Broker) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What a reader of the public hears, who asks for everything."""
    found: list[tuple[str, dict[str, Any]]] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="reader", protocol=mqtt.MQTTv311)
    client.username_pw_set(READER_USER, broker.logins[READER_USER])
    client.on_message = lambda _c, _d, message: found.append((message.topic, json.loads(message.payload)))
    subscribed: list[int] = []
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect("127.0.0.1", broker.port)
    client.subscribe([("#", 0), ("v1.1/#", 0)])
    client.loop_start()
    eventually(lambda: bool(subscribed), what="subscribed")
    yield found
    client.disconnect()
    client.loop_stop()


def test_a_new_reading_is_published_to_readers_of_the_public(
    database_url: str, broker: Broker, tmp_path: Path, received: list[tuple[str, dict[str, Any]]]
) -> None:
    load_demo_city(database_url)
    hand_over(database_url, SourceName("gauge", "manggarai"), to="node-a")
    environment = cloud_environment(
        database_url, broker, tmp_path / "media", SIAGA_STA_TOPICS="on", SIAGA_PUBLIC_URL="https://siaga.example.org"
    )
    with (
        cloud_process("ingest", environment, tmp_path / "ingest.log"),
        Sender("node-a", broker, broker.logins["node-a"]) as node,
    ):
        eventually(lambda: all_served(database_url, ["1"]), what="shards served")
        at = utc_now()
        # An alarm needs a second reading before it is a stage of record.
        rising = [
            a_reading(level_cm, at=at - timedelta(seconds=wait), gauge="manggarai")
            for wait, level_cm in ((60, 745.0), (0, 760.04))
        ]
        node.send(readings_message(*rising, outbox_id=node.outbox_id, seq=1, at=at))
        eventually(
            lambda: STAGE_TOPIC in dict(received) and dict(received)[STAGE_TOPIC]["result"] == 3.0, what="a stage"
        )
    reported = dict(received)
    level, stage = reported[LEVEL_TOPIC], reported[STAGE_TOPIC]
    assert (level["result"], stage["result"], level["resultQuality"]) == (760.0, 3.0, "good")
    assert level["@iot.selfLink"].startswith("https://siaga.example.org/sta/v1.1/Observations('manggarai.level@")
    assert level["Datastream@iot.navigationLink"].endswith("/Datastream")
    assert {topic for topic, _ in received} == {LEVEL_TOPIC, STAGE_TOPIC, "v1.1/Observations"}
    assert not any(topic.startswith(topics.ROOT) for topic, _ in received), "the boxes' own topics are not public"


def test_only_the_newest_message_of_a_backlog_is_published() -> None:
    now, reported = utc_now(), []

    def publish(topic: str, payload: bytes, *, qos: int) -> bool:
        assert qos == 0
        reported.append(topic)
        return True

    rows = [
        ReadingRow(
            gauge_id="g-1", measured_at=now + timedelta(seconds=number), level_cm=None, quality="missing", flags=(),
            spread_cm=None, samples=None, stage=None, node_id="node-a", received_at=now,
        )
        for number in range(MOST_AT_ONCE + 5)
    ]  # fmt: skip
    stored = BatchResult(acknowledge={}, refused={}, counts={}, dead=0, readings=len(rows), signals=0, rows=rows)
    SensorThingsPublisher(publish, public_url="http://x")(stored)
    assert len(reported) == 2 * MOST_AT_ONCE
    assert set(reported) == set(topics_of("g-1", "level"))
