"""Uplinks of a LoRaWAN network server over a real Mosquitto: stored once, refused with a reason, replayed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import eventually
from tests.support.lorawan_uplinks import DEVICE, chirpstack
from tests.support.stand_ins.feed_source import FeedCity

from siaga_cloud.dead_letters import store as dead_letters
from siaga_cloud.dead_letters.feeds import reprocess
from siaga_cloud.feeds.lorawan.watch import LorawanWatch
from siaga_cloud.ingest.store import messages
from siaga_sim.stack.broker import INGEST_USER, Broker

# The broker of the tests lets the login of ingest write and read below this prefix.
TOPIC = "siaga/v1/s00/radio/up/application"
FEED = f"""
[[feed]]
id = "radio"
kind = "lorawan"
server = "chirpstack"
host = "127.0.0.1"
port = {{port}}
username = "{{user}}"
secret = "SIAGA_FEED_RADIO"
topic = "{TOPIC}/+"
[[feed.gauge]]
gauge = "manggarai"
device_eui = "{DEVICE}"
field = "{{field}}"
unit = "cm"
"""


@pytest.fixture(scope="module")
def server(feed_city: FeedCity, broker: Broker) -> Iterator[mqtt.Client]:
    feed_city.secrets["SIAGA_FEED_RADIO"] = broker.logins[INGEST_USER]
    feed_city.feed_id = "radio"
    feed_city.configure(FEED.format(port=broker.port, user=INGEST_USER, field="level"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="chirpstack", protocol=mqtt.MQTTv311)
    client.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    with LorawanWatch(feed_city.context, feed_city.database.url):
        first = chirpstack(feed_city.now - timedelta(minutes=30), {"level": 400}, number=1)

        def is_received() -> bool:
            publish(client, first)
            return bool(feed_city.health()["received"] > 0)

        eventually(is_received, what="listening")
        yield client
    client.disconnect()
    client.loop_stop()


def publish(client: mqtt.Client, payload: bytes) -> None:
    client.publish(f"{TOPIC}/up", payload, qos=1).wait_for_publish(10)


def levels(city: FeedCity) -> list[float]:
    rows = city.rows("SELECT level_cm FROM reading WHERE gauge_id = 'manggarai' ORDER BY measured_at")
    return [row["level_cm"] for row in rows]


def test_a_frame_is_one_reading_of_the_feeds_gauge(feed_city: FeedCity, server: mqtt.Client) -> None:
    city, at = feed_city, feed_city.now - timedelta(minutes=10)
    for seconds, gateway in ((0, "aa"), (0, "aa"), (2, "bb")):  # a retry, and a gateway that is late
        publish(server, chirpstack(at + timedelta(seconds=seconds), {"level": 412.5}, number=2, gateway=gateway))
    publish(server, chirpstack(at, {"level": 1}, device="ff" * 8))
    publish(server, chirpstack(at + timedelta(minutes=6), {"level": 415}, number=2))  # the device was reset
    eventually(lambda: levels(city) == [400, 412.5, 415], what="three readings")
    health = city.health()
    assert health["received"] - health["repeated"] == 3
    assert health["repeated"] >= 2
    assert city.rows("SELECT node_id FROM gauge WHERE id = 'manggarai'") == [{"node_id": "feed-radio"}]


def test_an_uplink_without_the_field_is_a_dead_letter_until_the_field_is_right(
    feed_city: FeedCity, server: mqtt.Client, broker: Broker
) -> None:
    city, before = feed_city, levels(feed_city)
    publish(server, chirpstack(city.now - timedelta(minutes=1), {"tinggi": 420}, number=3))
    eventually(lambda: len(city.dead_letters()) == 1, what="a dead letter")
    (dead_letter,) = city.dead_letters()
    assert dead_letter["reason"] == "object.level: missing, expected the field 'level'; fields here: tinggi"
    assert city.health()["refused"] == 1
    city.configure(FEED.format(port=broker.port, user=INGEST_USER, field="tinggi"))
    with city.database.transaction() as conn:
        messages.prepare_reading_stage(conn)
        row = dead_letters.lock(conn, dead_letter["id"])
        assert row is not None
        assert reprocess(conn, row, city.context, now=city.now).accepted == 1
    assert levels(city) == [*before, 420]


def test_a_gauge_of_a_node_is_not_reported_by_a_feed(feed_city: FeedCity, server: mqtt.Client) -> None:
    city, before = feed_city, len(feed_city.dead_letters())
    city.rows("UPDATE gauge SET node_id = 'node-a' WHERE id = 'manggarai' RETURNING id")
    publish(server, chirpstack(city.now, {"tinggi": 430, "level": 430}, number=4))
    eventually(lambda: len(city.dead_letters()) == before + 1, what="a refusal")
    assert city.dead_letters()[-1]["reason"] == "gauge manggarai belongs to node node-a"
