"""Frigate over a real Mosquitto: objects that remain, their own images and clips, lost cameras, reviews, bad input."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.support.cloud_core import eventually
from tests.support.edge.clip_street import FaceDetector, found_face, frames_of, write_street
from tests.support.stand_ins.feed_source import FeedCity
from tests.support.stand_ins.frigate import TOKEN, FakeFrigate, TrackedObject

from siaga_cloud.feeds.fetch import FetchError
from siaga_cloud.feeds.frigate import clips, images
from siaga_cloud.feeds.frigate.clips import ClipRequest
from siaga_cloud.feeds.frigate.service import FETCH_CLIP_AFTER
from siaga_cloud.feeds.frigate.streams import STEADY
from siaga_cloud.feeds.frigate.watch import FrigateWatch
from siaga_cloud.media.clip_redactor import ClipRedactor
from siaga_cloud.platform.db import jobs
from siaga_sim.stack.broker import INGEST_USER, Broker

# The broker of the tests lets a node write its own named streams only, so that Frigate uses the login of ingest, which
# may write and read below the prefix.
PREFIX = "siaga/v1/s00/frigate-box/up"
FEED = """
[[feed]]
id = "frigate"
kind = "frigate"
host = "127.0.0.1"
port = {port}
username = "{user}"
secret = "SIAGA_FEED_FRIGATE"
api_url = "{url}"
api_secret = "SIAGA_FEED_FRIGATE_API"
clips = true
topic_prefix = "{prefix}"
[[feed.camera]]
camera = "cam-manggarai"
name = "gate"
zones = ["no_stopping"]
persists_seconds = 60
[[feed.camera]]
camera = "cam-karet"
name = "bridge"
persists_seconds = 60
detect_fps = 10
alerts_only = true
"""
RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


@pytest.fixture(scope="module")
def frigate(feed_city: FeedCity, broker: Broker) -> Iterator[FakeFrigate]:
    fake = FakeFrigate(broker.port, INGEST_USER, broker.logins[INGEST_USER], PREFIX)
    # Yesterday's snapshot of another car, which the broker sends to whoever subscribes.
    fake.snapshot(TrackedObject("yesterday", RED, feed_city.now - timedelta(days=1)))
    feed_city.secrets["SIAGA_FEED_FRIGATE"] = broker.logins[INGEST_USER]
    feed_city.secrets["SIAGA_FEED_FRIGATE_API"] = TOKEN
    feed_city.feed_id = "frigate"
    feed_city.configure(FEED.format(port=broker.port, user=INGEST_USER, url=fake.url, prefix=PREFIX))
    with FrigateWatch(feed_city.context, feed_city.database.url):
        fake.publish("available", b"online", retain=True)
        eventually(lambda: is_seen(feed_city, "cam-manggarai"), what="listening")
        yield fake
    fake.close()


def is_seen(city: FeedCity, camera: str) -> bool:
    return bool(city.rows("SELECT 1 FROM camera_latest WHERE camera_id = %s AND unknown_since IS NULL", camera))


def is_unknown(city: FeedCity, camera: str) -> bool:
    return bool(city.rows("SELECT 1 FROM camera_latest WHERE camera_id = %s AND unknown_since IS NOT NULL", camera))


def a_car(city: FeedCity, own: str, **more: Any) -> TrackedObject:
    camera = more.pop("camera", "gate")
    return TrackedObject(own, GREEN, city.now - timedelta(seconds=200), camera=camera, more=more)


def events(city: FeedCity) -> list[dict[str, Any]]:
    return city.rows("SELECT * FROM event WHERE node_id = 'feed-frigate' ORDER BY began_at, revision")


def event_of(city: FeedCity, own: str) -> dict[str, Any]:
    """The event of an object, once it is stored and its image is wanted."""
    waiting = "SELECT args FROM procrastinate_jobs WHERE task_name = 'fetch_frigate_image' AND args->>'frigate_id' = %s"
    eventually(lambda: bool(city.rows(waiting, own)), what=f"event of {own}")
    return dict(city.rows(waiting, own)[0]["args"])


def fetch_image(city: FeedCity, own: str) -> list[dict[str, Any]]:
    """Run the deferred job; the evidence of the event."""
    job = event_of(city, own)
    images.fetch(city.context, images.ImageRequest.of(job))
    return city.rows(
        "SELECT role, evidence.taken_at, redacted, sha256 FROM evidence JOIN media ON media.id = media_id"
        " WHERE event_id = %s",
        job["event_id"],
    )


def colour_of(city: FeedCity, sha256: str) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(city.context.media.read(sha256)))
    return tuple(250 if channel > 128 else 10 for channel in image.convert("RGB").getpixel((5, 5)))  # type: ignore[union-attr]


def test_a_car_that_remains_is_one_event_until_it_leaves(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city = feed_city
    car = frigate.track(a_car(city, "1718987129.308396-fqk5ka"))
    for age, motionless in ((100, 400), (160, 700), (100, 400)):
        frigate.report(car, "update", age=age, motionless=motionless)
    eventually(lambda: city.health()["received"] >= 3, what="three stored or repeated")
    (event,) = events(city)
    assert (event["hazard"], event["source_id"], event["state"], event["zone_id"]) == (
        "illegal_parking", "cam-manggarai", "updated", "no-stopping",
    )  # fmt: skip
    assert event["details"]["dwell_seconds"] == 140
    assert city.rows("SELECT source_key, kind FROM signal WHERE id = %s", event["id"]) == [
        {"source_key": "camera:cam-manggarai", "kind": "event"}
    ]
    frigate.report(car, "end", age=170)
    eventually(lambda: events(city)[0]["state"] == "ended", what="ended")
    frigate.report(car, "update", age=165, motionless=700)
    frigate.publish("events", b"\xff{")
    eventually(lambda: len(city.dead_letters()) == 1, what="the bad one recorded")
    assert events(city)[0]["state"] == "ended", "what comes late changes nothing"


def test_the_evidence_of_a_parked_car_is_its_own_image(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    """Between its arrival and its event, another car passes, whose snapshot is the newest of camera and label."""
    city = feed_city
    car = frigate.track(a_car(city, "1764540000.1-parked"))
    passing = TrackedObject("1764540090.2-passing", BLUE, city.now - timedelta(seconds=110))
    frigate.track(passing)
    frigate.report(passing, "end", age=5)
    frigate.report(car, "update", age=190, motionless=900)
    (image,) = fetch_image(city, car.id)
    assert colour_of(city, image["sha256"]) == GREEN
    assert (image["role"], image["redacted"]) == ("arrival", False)
    assert abs(image["taken_at"] - car.start) < timedelta(milliseconds=1), "its own time, not that of the message"
    assert frigate.requests[-1].startswith(f"/api/events/{car.id}/snapshot.jpg?")


def test_an_image_that_frigate_does_not_have_is_no_evidence(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city, car = feed_city, a_car(feed_city, "1764540000.3-nothing/../stored")
    car.has_snapshot = False
    frigate.track(car)
    frigate.report(car, "update", age=190, motionless=900)
    with pytest.raises(FetchError, match="answered 404"):
        fetch_image(city, car.id)
    assert "/../" not in frigate.requests[-1], "an id of Frigate is one segment of the address"
    assert city.rows("SELECT 1 FROM evidence WHERE event_id = %s", event_of(city, car.id)["event_id"]) == []
    assert "answered 404" in city.health()["last_error"]


def finished_car(city: FeedCity, frigate: FakeFrigate, own: str, clip: bytes | None) -> str:
    """Track a car until it has left; return the id of its event."""
    car = a_car(city, own)
    car.clip = clip
    frigate.track(car)
    frigate.report(car, "update", age=90, motionless=400)
    frigate.report(car, "end", age=100)
    event_id = str(event_of(city, own)["event_id"])
    ended = "SELECT 1 FROM event WHERE id = %s AND state = 'ended'"
    eventually(lambda: bool(city.rows(ended, event_id)), what=f"end of {own}")
    return event_id


def clip_jobs(city: FeedCity, event_id: str) -> list[dict[str, Any]]:
    return city.rows(
        "SELECT args, scheduled_at, lock FROM procrastinate_jobs WHERE task_name = 'fetch_frigate_clip'"
        " AND args->>'event_id' = %s",
        event_id,
    )


def fetch_clip(city: FeedCity, event_id: str) -> list[dict[str, Any]]:
    """Run the deferred job with a detector that finds the person of the street; the clips of the event."""
    (job,) = clip_jobs(city, event_id)
    clips.fetch(city.context, ClipRedactor(detector=FaceDetector(misses=3)), ClipRequest.of(job["args"]))
    return city.rows(
        "SELECT role, began_at, duration_seconds, redacted, kind, mime, sha256 FROM event_clip"
        " JOIN media ON media.id = media_id WHERE event_id = %s",
        event_id,
    )


def test_the_clip_of_an_object_is_evidence_on_which_nobody_is_recognised(
    feed_city: FeedCity, frigate: FakeFrigate, tmp_path: Path
) -> None:
    city, path = feed_city, tmp_path / "street.mp4"
    write_street(path, seconds=8, fps=10)
    event_id = finished_car(city, frigate, "1764540000.8-clip", path.read_bytes())
    (job,) = clip_jobs(city, event_id)
    assert (job["scheduled_at"] - city.now, job["lock"]) == (FETCH_CLIP_AFTER, "fetch_frigate_clip")
    (clip,) = fetch_clip(city, event_id)
    assert (clip["role"], clip["redacted"], clip["kind"], clip["mime"]) == ("arrival", True, "clip", "video/mp4")
    assert 7.5 <= clip["duration_seconds"] <= 8.25
    frames = frames_of(city.context.media.read(clip["sha256"]), tmp_path / "clip.mp4")
    assert len(frames) > 30
    assert [number for number, frame in enumerate(frames) if found_face(frame) is not None] == []
    assert frigate.requests[-1] == "/api/events/1764540000.8-clip/clip.mp4"
    assert fetch_clip(city, event_id) == [clip], "a job that is repeated stores nothing again"


def test_a_clip_that_cannot_be_read_or_is_not_there_is_no_evidence(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city = feed_city
    without = finished_car(city, frigate, "1764540000.9-none", None)
    assert clip_jobs(city, without) == [], "Frigate says that it has none"
    broken = finished_car(city, frigate, "1764540001.0-broken", b"no film" * 1000)
    assert fetch_clip(city, broken) == []
    assert "clip of 1764540001.0-broken: the file cannot be read as MP4" in city.health()["last_error"]
    gone = finished_car(city, frigate, "1764540001.1-gone", b"film")
    frigate.objects["1764540001.1-gone"].clip = None
    with pytest.raises(FetchError, match="answered 404"):
        fetch_clip(city, gone)


def test_of_many_clips_at_once_those_beyond_the_limit_are_refused(
    feed_city: FeedCity, frigate: FakeFrigate, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = len(feed_city.rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'fetch_frigate_clip'"))
    monkeypatch.setattr(jobs, "MAX_WAITING_CLIPS", waiting)
    event_id = finished_car(feed_city, frigate, "1764540001.2-many", b"film")
    assert clip_jobs(feed_city, event_id) == []
    assert f"not fetched, because {waiting} others wait" in feed_city.health()["last_error"]


def test_only_what_an_alert_names_begins_where_the_city_chose_that(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city, before = feed_city, len(events(feed_city))
    detected, alerted = a_car(city, "r-detection", camera="bridge"), a_car(city, "r-alert", camera="bridge")
    frigate.review("detection", detected.id)
    frigate.review("alert", alerted.id)
    for car in (detected, alerted):
        frigate.report(car, "update", age=90, motionless=599)
        frigate.report(car, "update", age=100, motionless=700)
    eventually(lambda: len(events(city)) > before, what="the event of the alert")
    (event,) = (one for one in events(city) if one["source_id"] == "cam-karet")
    assert event["details"]["dwell_seconds"] == 70, "frames at ten a second"


def test_a_camera_that_frigate_lost_is_unknown_until_it_is_steady(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city, began_at = feed_city, time.monotonic()
    frigate.publish("gate/status/record", b"offline")
    frigate.publish("gate/status/detect", b"offline")
    eventually(lambda: is_unknown(city, "cam-manggarai"), what="unknown")
    assert time.monotonic() - began_at < 10
    assert is_seen(city, "cam-karet")
    frigate.publish("gate/status/detect", b"online")
    frigate.publish("available", b"online", retain=True)
    frigate.publish("bridge/status/detect", b"offline")
    eventually(lambda: is_unknown(city, "cam-karet"), what="the messages before it were processed")
    assert is_unknown(city, "cam-manggarai"), "online and offline alternate while a camera cannot be reached"
    city.now += STEADY
    frigate.publish("gate/status/detect", b"online")
    eventually(lambda: is_seen(city, "cam-manggarai"), what="seen again")


def test_broken_or_unrequested_messages_do_no_harm(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    city, before, dead_letters = feed_city, len(events(feed_city)), len(feed_city.dead_letters())
    named = "<script>'; DROP TABLE event; --"

    def an_event(own: str, **more: Any) -> bytes:
        return a_car(city, own, **more).message("update", 100, 400)

    for payload in (
        b"", b"[1]", b"[" * 50_000, b'{"type": "new"}', an_event("x" * 500), an_event("b1", box=[1]),
        an_event("b2", box=[300, 400, 100, 200]), an_event("b3", start_time="soon"), an_event("b4", frame_time=4e9),
        an_event("b5", snapshot={"frame_time": "soon"}), b"x" * 300_000,
        an_event("c1", label="person"), an_event("c2", camera="other"), an_event("c3", top_score=0.2),
        an_event("c4", current_zones=[]), an_event("c5", false_positive=True),
        an_event(named, sub_label="\U0001f697\ud800"),
    ):  # fmt: skip
        frigate.publish("events", payload)
    frigate.publish("reviews", b"[" * 50_000)
    frigate.publish("gate/status/detect", b"\xff\x00")
    # The last message is acknowledged after all others, so that no event of theirs can come later.
    assert event_of(city, named)["frigate_id"] == named
    assert len(events(city)) == before + 1, "none of the others is an event"
    assert len(city.dead_letters()) == dead_letters + 11


def test_a_frigate_that_goes_leaves_its_cameras_unknown(feed_city: FeedCity, frigate: FakeFrigate) -> None:
    frigate.publish("available", b"offline", retain=True)
    eventually(lambda: is_unknown(feed_city, "cam-manggarai"), what="unknown")
    assert feed_city.health()["last_error"] == "Frigate is offline"
