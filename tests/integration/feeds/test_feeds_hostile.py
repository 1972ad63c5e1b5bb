"""Whatever a feed sends: a clear error or a clean result, never a crash, never twice. Over every polled kind."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest
from tests.support.stand_ins.feed_source import MANGGARAI, FeedCity, Source

from siaga_cloud.feeds.options import polled_kinds

NASTY = (
    "<script>alert(1)</script>'; DROP TABLE report; -- \U0001f30a\ud800 \x01 =cmd|' /C calc'!A0 " + "\u202e" + "x" * 400
)
LAT, LON = MANGGARAI


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of feed: what configures it besides id, kind and url."""

    more: str = ""


KINDS = {
    "waze": Kind(),
    "dsda": Kind(more='[[feed.gauge]]\ngauge = "manggarai"\nnames = ["Manggarai"]'),
    "dsda_history": Kind(more='[[feed.gauge]]\ngauge = "manggarai"\nids = ["1"]'),
    "cap": Kind(more='signals = { banjir = "flooding" }'),
    "sensorthings": Kind(more='[[feed.gauge]]\ngauge = "manggarai"\ndatastream = 1'),
    "siaga": Kind(more='[[feed.gauge]]\ngauge = "manggarai"\nid = "m1"'),
    "csv_reports": Kind(more='category = "flooding"\nid_column = "id"\ntext_column = "text"'),
    "qlue": Kind(more='category = "flooding"'),
    "detik": Kind(more='category = "flooding"'),
    "csv_rain": Kind(more='minutes = 10\n[[feed.rain_gauge]]\nrain_gauge = "hujan-katulampa"'),
    "csv_readings": Kind(more='[[feed.gauge]]\ngauge = "manggarai"'),
}

# The header of a measured value, whose it is, and the value.
CSV_MEASURES = {
    "csv_readings": ("gauge,time,level,note", "manggarai", "600"),
    "csv_rain": ("rain_gauge,time,mm,note", "hujan-katulampa", "2.5"),
}


def test_every_polled_kind_is_here() -> None:
    assert set(KINDS) == set(polled_kinds())


def body_of(kind: str, city: FeedCity, text: str) -> bytes:
    """One item, whole and well, with a text that somebody wrote."""
    at = (city.now - timedelta(minutes=7)).astimezone(UTC)
    json_text, xml_text = text, text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "replace").decode()
    xml_text = "".join(mark for mark in xml_text if mark >= " ")
    match kind:
        case "waze":
            one = {"uuid": text[:40] or "u1", "pubMillis": at.timestamp() * 1000, "location": {"x": LON, "y": LAT},
                   "type": "HAZARD", "subtype": "HAZARD_WEATHER_FLOOD", "street": json_text}  # fmt: skip
            return json.dumps({"alerts": [one], "endTimeMillis": at.timestamp() * 1000}).encode()
        case "dsda":
            row = f"<NAMA_PINTU_AIR>Manggarai</NAMA_PINTU_AIR><LOKASI>{xml_text}</LOKASI><TINGGI_AIR>6000</TINGGI_AIR>"
            when = (
                f"<TANGGAL>{at + timedelta(hours=7):%Y-%m-%d %H:%M:%S}</TANGGAL><STATUS_SIAGA>{xml_text}</STATUS_SIAGA>"
            )
            element = "SP_GET_LAST_STATUS_PINTU_AIR"
            return f"<DocumentElement><{element}>{row}{when}</{element}></DocumentElement>".encode()
        case "dsda_history":
            return f"{at + timedelta(hours=7):%Y-%m-%d %H.%M.%S},600|9500;8500;7500".encode()
        case "cap":
            info = (
                f"<info><event>banjir {xml_text}</event><certainty>Observed</certainty><headline>{xml_text}</headline>"
            )
            area = f"<area><areaDesc>{xml_text}</areaDesc><circle>{LAT},{LON} 0.2</circle></area></info>"
            head = f"<identifier>{xml_text[:60] or 'i'}</identifier><sender>s</sender><sent>{at.isoformat()}</sent>"
            return f"<alert>{head}<status>Actual</status><msgType>Alert</msgType>{info}{area}</alert>".encode()
        case "sensorthings":
            return json.dumps(
                {"value": [{"phenomenonTime": at.isoformat(), "result": 1.5, "parameters": json_text}]}
            ).encode()
        case "siaga":
            one = {"id": text[:40], "category": "flooding", "state": "open", "severity": "minor", "confidence": 0.5,
                   "place": {"lat": LAT, "lon": LON}, "began_at": at.isoformat(), "last_signal_at": at.isoformat(),
                   "source_kinds": ["camera"], "area_name": json_text}  # fmt: skip
            return json.dumps([one]).encode()
        case "csv_reports":
            cells = ['"' + words.replace('"', '""') + '"' for words in (text[:30], text)]
            row = f"{cells[0]},{at.isoformat()},{LAT},{LON},{cells[1]}"
            return f"id,time,lat,lon,text\n{row}\n".encode("utf-8", "replace")
        case "qlue":
            post = {"id": text[:40], "timestamp": f"{at + timedelta(hours=7):%Y-%m-%d %H:%M:%S}", "title": json_text,
                    "description": json_text, "location": {"lat": LAT, "lng": LON}}  # fmt: skip
            return json.dumps({"data": [post]}).encode()
        case "detik":
            where = {"geospatial": {"latitude": LAT, "longitude": LON}}
            post = {"contributionId": text[:40], "title": json_text, "content": json_text, "location": where,
                    "date": {"create": {"sec": int(at.timestamp())}}}  # fmt: skip
            return json.dumps({"result": [post]}).encode()
        case _:
            head, name, value = CSV_MEASURES[kind]
            return f"{head}\n{name},{at.isoformat()},{value},x\n".encode()


def put(source: Source, kind: str, body: bytes, **headers: str) -> None:
    source.pages.clear()
    if kind == "sensorthings":
        source.put("/x/Datastreams(1)", json.dumps({"unitOfMeasurement": {"symbol": "cm"}}))
        source.put("/x/Datastreams(1)/Observations", body, **headers)
    elif kind == "siaga":
        source.put("/x/api/v1/incidents", body, **headers)
        source.put("/x/api/v1/gauges", "[]")
    else:
        source.put("/x", body, **headers)


def held(city: FeedCity) -> dict[str, int]:
    """How much there is of what this feed brought."""
    feed_id, node = city.feed_id, f"feed-{city.feed_id}"
    counted = city.rows(
        "SELECT (SELECT count(*) FROM signal WHERE source_key = %s) AS signals,"
        " (SELECT count(*) FROM reading WHERE node_id = %s) + (SELECT count(*) FROM rain_reading) AS readings,"
        " (SELECT count(*) FROM feed_warning WHERE feed_id = %s) AS warnings, (SELECT count(*) FROM report) AS reports",
        f"feed:{feed_id}", node, feed_id,
    )  # fmt: skip
    return counted[0]


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest, feed_city: FeedCity, feed_source: Source) -> str:
    name: str = request.param
    text = f'[[feed]]\nid = "{{id}}"\nkind = "{name}"\nurl = "{{url}}/x"\nmax_megabytes = 0.2\n'
    more = KINDS[name].more.replace("{", "{{").replace("}", "}}")
    feed_city.begin(name.replace("_", "-"), text + more, feed_source)
    # What is measured at the same second by another feed's gauge would be the same reading.
    feed_city.now += timedelta(seconds=2)
    return name


def test_delivered_twice_and_after_something_older(kind: str, feed_city: FeedCity, feed_source: Source) -> None:
    before = held(feed_city)
    newer = body_of(kind, feed_city, "Jl. Sultan Agung")
    feed_city.now -= timedelta(minutes=3)
    older = body_of(kind, feed_city, "Jl. Sultan Agung")
    feed_city.now += timedelta(minutes=3)
    put(feed_source, kind, newer)
    assert feed_city.poll() is not None
    once = held(feed_city)
    assert once != before, feed_city.dead_letters()
    for body in (newer, gzip.compress(newer), older, newer, older):
        packed = {"Content_Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
        put(feed_source, kind, body, **packed)
        assert feed_city.poll() is not None, feed_city.health()["last_error"]
    again = held(feed_city)
    # Readings of another time are others; a thing that happens is one, however often it is told.
    assert {key: again[key] for key in ("signals", "warnings", "reports")} == {
        key: once[key] for key in ("signals", "warnings", "reports")
    }
    assert again["readings"] <= once["readings"] + 1


def test_hostile_texts_are_texts(kind: str, feed_city: FeedCity, feed_source: Source) -> None:
    before = held(feed_city)
    put(feed_source, kind, body_of(kind, feed_city, NASTY))
    counts = feed_city.poll()
    assert counts is not None, feed_city.health()["last_error"]
    assert held(feed_city) != before or counts.dead, "either taken or told"
    for row in feed_city.rows("SELECT note FROM signal UNION ALL SELECT body FROM report"):
        assert "\x00" not in row["note"]
        assert "\x01" not in row["note"]
    assert feed_city.rows("SELECT count(*) AS n FROM report")[0]["n"] >= 0


BROKEN: dict[str, Any] = {
    "nothing": b"",
    "huge": b"[" + b"1," * 200_000 + b"1]",
    "bytes": bytes(range(256)) * 20,
    "utf-16": '{"alerts": []}'.encode("utf-16"),
    "nested": b"[" * 50_000,
    "nested xml": b"<a>" * 3000 + b"</a>" * 3000,
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><DocumentElement>&b;</DocumentElement>',
    "outside entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><alert><identifier>&a;</identifier></alert>',
    "another thing": b"<html><body>Please sign in</body></html>",
    "an error": b'{"error": "quota exceeded"}',
    "nan": b'{"alerts": [NaN], "value": [NaN]}',
    "cut off": b'{"alerts": [{"uuid": "a", "pubMi',
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_bodies_are_reported_and_stored(name: str, kind: str, feed_city: FeedCity, feed_source: Source) -> None:
    before = held(feed_city)
    put(feed_source, kind, BROKEN[name])
    counts = feed_city.poll()
    assert held(feed_city) == before
    dead_letters, health = feed_city.dead_letters(), feed_city.health()
    if name == "huge":
        assert "more than 209715 bytes" in health["last_error"]
    elif counts is None:
        assert health["last_error"]
        assert [bytes(alert_message["payload"]) for alert_message in dead_letters][-1:] == [BROKEN[name][: 256 * 1024]]
    else:
        assert counts.accepted == 0
        assert counts.dead or name in ("nothing", "an error"), (counts, dead_letters)


def test_a_decompression_bomb_a_redirect_outside_and_a_slow_city(feed_city: FeedCity, feed_source: Source) -> None:
    """What is the same for every kind, because it is the poller's."""
    feed_city.begin("bomb", '[[feed]]\nid = "{id}"\nkind = "waze"\nurl = "{url}/x"\nmax_megabytes = 0.2\n', feed_source)
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    for body, headers, message in (
        (bomb, {"Content_Encoding": "gzip"}, "unpacks to more than"),
        (bomb[:50], {"Content_Encoding": "gzip"}, "ends too early"),
        (b"plain", {"Content_Encoding": "gzip"}, "not readable as gzip"),
        (b"{}", {"Content_Encoding": "br"}, "expected gzip or none"),
    ):
        put(feed_source, "waze", body, **headers)
        assert feed_city.poll() is None
        assert message in feed_city.health()["last_error"]
    put(feed_source, "waze", b"")
    page = feed_source.pages["/x"]
    for place, message in (
        ("http://169.254.169.254/latest/meta-data", "not a configured host"),
        ("file:///etc/passwd", "not one of http"),
        ("/x", "redirected more than 3 times"),
    ):
        page.status, page.headers = 302, {"Location": place}
        assert feed_city.poll() is None
        assert message in feed_city.health()["last_error"]
    page.status, page.headers = 503, {"Retry-After": "1800"}
    assert feed_city.poll() is None
    state = feed_city.rows("SELECT failures, next_at FROM feed_state WHERE feed_id = %s", feed_city.feed_id)[0]
    assert state["failures"] == 8
    assert state["next_at"] - feed_city.now >= timedelta(seconds=1800)


def test_what_has_not_changed_is_not_read_again(feed_city: FeedCity, feed_source: Source) -> None:
    feed_city.begin("etag", '[[feed]]\nid = "{id}"\nkind = "waze"\nurl = "{url}/x"\n', feed_source)
    put(feed_source, "waze", body_of("waze", feed_city, "Jl. A"), ETag='"1"')
    feed_city.poll()
    counts = feed_city.poll()
    assert counts is not None
    assert (counts.accepted, counts.repeated) == (0, 0)
    assert feed_source.requests[-1][1]["If-None-Match"] == '"1"'
    assert held(feed_city)["signals"] == 1, "what is unchanged is not over"
    raw = feed_city.rows("SELECT count(*) AS n FROM feed_raw WHERE feed_id = %s", feed_city.feed_id)
    assert raw == [{"n": 1}]
