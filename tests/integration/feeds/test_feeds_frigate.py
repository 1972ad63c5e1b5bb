"""Frigate over a real Mosquitto: events and snapshots of an object that stays, twice, late, and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import a_jpeg, eventually
from tests.support.stand_ins.feed_source import FeedCity

from siaga_cloud.feeds.frigate.watch import FrigateWatch
from siaga_sim.stack.broker import INGEST_USER, Broker

FEED = """
[[feed]]
id = "frigate"
kind = "frigate"
host = "127.0.0.1"
port = {port}
username = "{user}"
secret = "SIAGA_FEED_FRIGATE"
topic_prefix = "siaga/v1/s00/frigate-box/up"
[[feed.camera]]
camera = "cam-manggarai"
name = "gate"
zones = ["no_stopping"]
persists_seconds = 60
"""
# The broker of the tests lets a node write its own named streams only, so that Frigate uses the login of ingest, which
# may write and read below the prefix.


@pytest.fixture(scope="module")
def frigate(feed_city: FeedCity, broker: Broker) -> Iterator[mqtt.Client]:
    feed_city.secrets["SIAGA_FEED_FRIGATE"] = broker.logins[INGEST_USER]
    feed_city.feed_id = "frigate"
    feed_city.configure(FEED.format(port=broker.port, user=INGEST_USER))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="frigate", protocol=mqtt.MQTTv311)
    client.username_pw_set(INGEST_USER, broker.logins[INGEST_USER])
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    with FrigateWatch(feed_city.context, feed_city.database.url):
        reply(client, "available", b"online", retain=True)
        known = "SELECT 1 FROM camera_latest WHERE camera_id = 'cam-manggarai' AND unknown_since IS NULL"
        eventually(lambda: bool(feed_city.rows(known)), what="listening")
        yield client
    client.disconnect()
    client.loop_stop()


def reply(client: mqtt.Client, topic: str, payload: bytes, *, retain: bool = False) -> None:
    client.publish(f"siaga/v1/s00/frigate-box/up/{topic}", payload, qos=1, retain=retain).wait_for_publish(10)


def an_event(
    city: FeedCity, own: str, *, kind: str = "update", age: float = 100, motionless: int = 400, **more: Any
) -> bytes:
    start = (city.now - timedelta(seconds=200)).timestamp()
    after = {
        "id": own, "camera": "gate", "label": "car", "start_time": start, "frame_time": start + age, "end_time": None,
        "top_score": 0.84, "score": 0.8, "false_positive": False, "box": [100, 200, 300, 400], "stationary": True,
        "motionless_count": motionless, "current_zones": ["no_stopping"], "has_snapshot": True, **more,
    }  # fmt: skip
    return json.dumps({"type": kind, "before": after, "after": after}).encode()


def events(city: FeedCity) -> list[dict[str, Any]]:
    return city.rows("SELECT * FROM event WHERE node_id = 'feed-frigate' ORDER BY began_at, revision")


def test_a_car_that_remains_is_one_event_with_an_image_until_it_leaves(
    feed_city: FeedCity, frigate: mqtt.Client
) -> None:
    city, own = feed_city, "1718987129.308396-fqk5ka"
    reply(frigate, "gate/car/snapshot", a_jpeg(), retain=True)
    reply(frigate, "events", an_event(city, own, kind="new", age=0, motionless=0, stationary=False))
    reply(frigate, "events", an_event(city, own, age=100))
    reply(frigate, "events", an_event(city, own, age=160, motionless=700))
    reply(frigate, "events", an_event(city, own, age=100))
    eventually(lambda: city.health()["received"] >= 3, what="three kept or repeated")
    (event,) = events(city)
    assert (event["hazard"], event["source_id"], event["state"], event["zone_id"]) == (
        "illegal_parking", "cam-manggarai", "updated", "no-stopping",
    )  # fmt: skip
    assert event["details"]["dwell_seconds"] == 140
    images = city.rows(
        "SELECT redacted FROM evidence JOIN media ON media.id = media_id WHERE event_id = %s", event["id"]
    )
    assert images == [{"redacted": False}]
    assert city.rows("SELECT source_key, kind FROM signal WHERE id = %s", event["id"]) == [
        {"source_key": "camera:cam-manggarai", "kind": "event"}
    ]
    reply(frigate, "events", an_event(city, own, kind="end", age=170))
    eventually(lambda: events(city)[0]["state"] == "ended", what="ended")
    reply(frigate, "events", an_event(city, own, age=165))
    reply(frigate, "events", b"\xff{")
    eventually(lambda: len(city.dead_letters()) == 1, what="the bad one told")
    assert events(city)[0]["state"] == "ended", "what comes late changes nothing"


def test_broken_or_unrequested_messages_do_no_harm(feed_city: FeedCity, frigate: mqtt.Client) -> None:
    city, before, dead_letters = feed_city, len(events(feed_city)), len(feed_city.dead_letters())
    for number, payload in enumerate(
        (
            b"", b"[1]", b"[" * 50_000, b'{"type": "new"}', an_event(city, "x" * 500), an_event(city, "b1", box=[1]),
            an_event(city, "b2", box=[300, 400, 100, 200]), an_event(city, "b3", start_time="soon"),
            an_event(city, "b4", frame_time=4e9), b"x" * 300_000,
        )
    ):  # fmt: skip
        reply(frigate, "events", payload)
        assert number < 20
    for payload in (
        an_event(city, "c1", label="person"), an_event(city, "c2", camera="other"), an_event(city, "c3", top_score=0.2),
        an_event(city, "c4", current_zones=[]), an_event(city, "c5", false_positive=True),
        an_event(city, "<script>'; DROP TABLE event; --", sub_label="\U0001f697\ud800"),
    ):  # fmt: skip
        reply(frigate, "events", payload)
    reply(frigate, "gate/car/snapshot", b"not a picture")
    eventually(lambda: len(events(city)) == before + 1, what="the last one is an event like any")
    eventually(lambda: len(city.dead_letters()) >= dead_letters + 9, what="dead letters")


def test_a_frigate_that_goes_leaves_its_cameras_unknown(feed_city: FeedCity, frigate: mqtt.Client) -> None:
    reply(frigate, "available", b"offline", retain=True)
    unknown = "SELECT 1 FROM camera_latest WHERE camera_id = 'cam-manggarai' AND unknown_since IS NOT NULL"
    eventually(lambda: bool(feed_city.rows(unknown)), what="unknown")
    assert feed_city.health()["last_error"] == "Frigate is offline"
