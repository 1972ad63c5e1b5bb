"""Waze for Cities: alerts, jams and irregularities with every oddity that is known of them."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.http_api import add_signal
from tests.support.stand_ins.feed_source import MANGGARAI, FeedCity, Source

FEED = """
[[feed]]
id = "{id}"
kind = "waze"
url = "{url}/partnerhub-api/partners/1/waze-feeds/{{secret}}?format=1"
secret = "SIAGA_FEED_WAZE"
"""
PATH = "/partnerhub-api/partners/1/waze-feeds/s%2F1?format=1"


@pytest.fixture
def city(feed_city: FeedCity, feed_source: Source) -> FeedCity:
    feed_city.secrets["SIAGA_FEED_WAZE"] = "s/1"
    feed_city.begin("waze", FEED, feed_source)
    return feed_city


def millis(city: FeedCity, minutes_ago: float = 0) -> int:
    return int((city.now - timedelta(minutes=minutes_ago)).timestamp() * 1000)


def alert(city: FeedCity, uuid: str, **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid, "pubMillis": millis(city, 10), "location": {"x": MANGGARAI[1], "y": MANGGARAI[0]},
        "type": "HAZARD", "subtype": "HAZARD_WEATHER_FLOOD", "street": "Jl. Sultan Agung", "city": "Jakarta",
        "country": "ID", "roadType": 2, "magvar": 120, "reliability": 7, "confidence": 4, "reportRating": 0,
        "reportDescription": "air setinggi lutut", "reportByMunicipalityUser": "false", "nThumbsUp": 2, "new": {"x": 1},
        **more,
    }  # fmt: skip


def body(city: FeedCity, *alerts: Any, **more: Any) -> str:
    root = {"alerts": list(alerts), "endTimeMillis": millis(city), "startTime": "2026-11-20 08:00:00:000", **more}
    return json.dumps({key: value for key, value in root.items() if value is not None})


def signals(city: FeedCity) -> list[dict[str, Any]]:
    return city.rows("SELECT * FROM signal WHERE source_key = %s ORDER BY began_at, id", f"feed:{city.feed_id}")


def test_a_flood_alert_joins_cameras_and_citizens_once_and_ends(city: FeedCity, feed_source: Source) -> None:
    feed_source.put(PATH, body(city, alert(city, "a-1")))
    first, again = city.poll(), city.poll()
    assert first is not None
    assert again is not None
    assert (first.accepted, again.accepted, again.repeated) == (1, 0, 1)
    (signal,) = signals(city)
    assert (signal["category"], signal["severity"], signal["kind"]) == ("flooding", "moderate", "feed")
    assert signal["confidence"] == pytest.approx(1 - 0.3 * 0.8)
    assert "lutut" not in signal["note"], "what drivers write is not public"
    with city.database.transaction() as conn:
        incident_id = add_signal(conn, source="camera:cam-manggarai", confidence=0.8)
        add_signal(conn, source="citizen:abc", confidence=0.8)
    city.settle()
    members = city.rows("SELECT source_key, weight FROM incident_member WHERE incident_id = %s", incident_id)
    assert {one["source_key"] for one in members} == {"camera:cam-manggarai", "citizen:abc", f"feed:{city.feed_id}"}
    weights = {one["source_key"]: one["weight"] for one in members}
    assert weights[f"feed:{city.feed_id}"] == pytest.approx(0.5 * (1 - 0.3 * 0.8)), (
        "believed as incidents.toml says of feeds"
    )
    city.now += timedelta(minutes=4)
    feed_source.put(PATH, body(city))
    city.poll()
    assert signals(city)[0]["ended_at"] is not None
    feed_source.put(PATH, body(city, alert(city, "a-1", nThumbsUp=5, pubMillis=millis(city, 14))))
    city.now += timedelta(minutes=2)
    city.poll()
    (back,) = signals(city)
    assert back["ended_at"] is None
    assert back["revision"] == 3


def test_an_older_answer_changes_nothing(city: FeedCity, feed_source: Source) -> None:
    old = body(city, alert(city, "b-0"), alert(city, "b-1", reliability=1))
    city.now += timedelta(minutes=2)
    feed_source.put(PATH, body(city, alert(city, "b-1", reliability=9), alert(city, "b-2")))
    city.poll()
    before = {one["id"]: one["confidence"] for one in signals(city)}
    assert len(before) == 2
    feed_source.put(PATH, old)
    city.poll()
    after = {one["id"]: (one["confidence"], one["ended_at"]) for one in signals(city)}
    assert all(after[held] == (confidence, None) for held, confidence in before.items())


def test_every_oddity_is_accepted(city: FeedCity, feed_source: Source) -> None:
    line = [{"x": 106.846, "y": -6.206}, {"x": 106.848, "y": -6.207}, {"x": 106.85, "y": -6.208}]
    text = body(
        city,
        alert(city, "c-1", pubMillis=str(millis(city, 5)), reportByMunicipalityUser="true"),
        alert(city, "c-2", subtype="", type="POLICE"),
        alert(city, "c-3", subtype="HAZARD_ON_ROAD_POT_HOLE", reliability=None, confidence=""),
        alert(city, "c-4", location={"x": 0, "y": 0}),
        alert(city, "c-5", location={"x": 112.7, "y": -7.2}),
        alert(city, "c-6", pubMillis=millis(city, 60 * 30)),
        alert(city, "c-7", pubMillis=millis(city, -60)),
        {"uuid": "c-8"},
        "nonsense",
        jams=[
            {"uuid": 12345678901, "id": 9, "pubMillis": millis(city, 3), "line": line, "delay": -1, "level": 5},
            {"uuid": 2, "pubMillis": millis(city, 3), "line": line, "delay": 90, "level": 3, "speedKPH": 12.5},
            {"uuid": 3, "pubMillis": millis(city, 3), "line": line, "level": 5, "speedKPH": 3.5},
            {"uuid": 4, "pubMillis": millis(city, 3), "line": [], "level": 5},
        ],
        irregularities=[
            {"id": "5", "detectionDateMillis": str(millis(city, 30)), "updateDateMillis": millis(city, 2), "line": line,
             "severity": 5, "alertsCount": 3, "driversCount": 40, "trend": -1},
            {"id": 6, "detectionDateMillis": millis(city, 30), "line": line, "severity": 2},
        ],
        users=None,
    )  # fmt: skip
    feed_source.put(PATH, gzip.compress(text.encode()), Content_Encoding="gzip")
    counts = city.poll()
    assert counts is not None
    found = signals(city)
    assert sorted(one["category"] for one in found) == ["congestion"] * 3 + ["flooding", "pothole"]
    by_note = {one["note"].split(",")[0]: one for one in found}
    assert by_note["Waze HAZARD_WEATHER_FLOOD"]["confidence"] >= 0.9
    assert by_note["Waze HAZARD_ON_ROAD_POT_HOLE"]["confidence"] == pytest.approx(0.5)
    assert by_note["Waze jam: blocked"]["confidence"] == pytest.approx(0.8)
    reasons = [message["reason"] for message in city.dead_letters()]
    assert len(reasons) == counts.dead == 5, reasons
    assert any("location: got 0, 0" in reason for reason in reasons)
    assert any("pubMillis: got" in reason and "ahead" in reason for reason in reasons)
    assert counts.skipped == 5  # of no interest, outside, too old, two below the level


def test_lists_may_be_absent_and_a_stranger_is_no_waze(city: FeedCity, feed_source: Source) -> None:
    feed_source.put(PATH, json.dumps({"endTimeMillis": millis(city), "startTimeMillis": "1"}))
    counts = city.poll()
    assert counts is not None
    assert counts.dead == 0
    feed_source.put(PATH, json.dumps({"error": "quota"}))
    assert city.poll() is None
    assert "expected a Waze feed" in city.health()["last_error"]
    assert city.rows("SELECT failures, etag FROM feed_state WHERE feed_id = %s", city.feed_id) == [
        {"failures": 1, "etag": None}
    ]


def test_a_jam_is_a_line_with_its_speed_until_the_feed_lists_it_no_longer(city: FeedCity, feed_source: Source) -> None:
    line = [{"x": 106.846, "y": -6.206}, {"x": 106.848, "y": -6.207}, {"x": 106.85, "y": -6.208}]
    jam = {"uuid": 7, "pubMillis": millis(city, 3), "line": line, "delay": 300, "level": 5}
    jam |= {"speedKMH": 4, "length": 640}
    feed_source.put(PATH, body(city, jams=[jam]))
    city.poll()
    (held,) = lines(city)
    assert (held["speed_kmh"], held["length_m"], held["delay_seconds"], held["is_blocked"]) == (4, 640, 300, False)
    assert held["line"] == [-6.206, 106.846, -6.207, 106.848, -6.208, 106.85]

    city.now += timedelta(minutes=3)
    feed_source.put(PATH, body(city, jams=[jam]))
    city.poll()
    (again,) = lines(city)
    passed = again["seen_at"] - held["seen_at"]
    assert abs(passed - timedelta(minutes=3)) < timedelta(seconds=1), "an unchanged jam is still listed"

    city.now += timedelta(minutes=3)
    feed_source.put(PATH, body(city, jams=[{**jam, "delay": -1}]))
    city.poll()
    assert [(one["is_blocked"], one["speed_kmh"]) for one in lines(city)] == [(True, None)]

    city.now += timedelta(minutes=3)
    feed_source.put(PATH, body(city))
    city.poll()
    assert lines(city) == []


def lines(city: FeedCity) -> list[dict[str, Any]]:
    return city.rows("SELECT * FROM traffic_line WHERE feed_id = %s", city.feed_id)
