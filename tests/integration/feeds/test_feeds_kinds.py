"""Gauges of Dinas SDA, warnings by CAP, SensorThings, another Siaga and CSV, each polled over HTTP."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.support.stand_ins.feed_source import MANGGARAI, FeedCity, Source

from siaga_cloud.operations.service import upkeep
from siaga_cloud.platform.import_errors import ImportFileError

WIB = ZoneInfo("Asia/Jakarta")
DSDA = """
[[feed]]
id = "{id}"
kind = "dsda"
url = "{url}/xmldata.xml"
[[feed.gauge]]
gauge = "manggarai"
names = ["P.A. Manggarai", "PA. Manggarai BKB"]
ids = ["101"]
[[feed.gauge]]
gauge = "waduk-pluit"
names = ["Waduk Pluit"]
ids = ["102"]
[[feed.gauge]]
gauge = "katulampa"
names = ["Bendung Katulampa"]
ids = ["103"]
[[feed.gauge]]
gauge = "depok"
names = ["Pos Depok"]
ids = ["104"]
"""


def dsda_row(
    name: str, row_id: str, level: object, at: datetime, *, status: str = "Status : Normal", **more: object
) -> str:
    limits = {"SIAGA1": "", "SIAGA2": "", "SIAGA3": "", "SIAGA4": "", **more}
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in limits.items())
    return (
        f"<SP_GET_LAST_STATUS_PINTU_AIR><ID_PINTU_AIR>{row_id}</ID_PINTU_AIR><NAMA_PINTU_AIR>{name}</NAMA_PINTU_AIR>"
        f"{inner}<TANGGAL>{at.astimezone(WIB):%Y-%m-%d %H:%M:%S}</TANGGAL><TINGGI_AIR>{level}</TINGGI_AIR>"
        f"<STATUS_SIAGA>{status}</STATUS_SIAGA><NEW_COLUMN>1</NEW_COLUMN></SP_GET_LAST_STATUS_PINTU_AIR>"
    )


def document(*rows: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><DocumentElement>{"".join(rows)}</DocumentElement>'


def readings(city: FeedCity, gauge: str) -> list[dict[str, Any]]:
    query = "SELECT level_cm, quality, flags, measured_at FROM reading WHERE gauge_id = %s AND node_id = %s ORDER BY 4"
    return city.rows(query, gauge, f"feed-{city.feed_id}")


def test_gauges_of_dinas_sda(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    city.begin("dsda", DSDA, feed_source)
    at = city.now - timedelta(minutes=10)
    mm: dict[str, Any] = {"SIAGA1": 9500, "SIAGA2": 8500, "SIAGA3": 7500}
    cm: dict[str, Any] = {"SIAGA1": 200, "SIAGA2": 150, "SIAGA3": 80}
    earlier = at - timedelta(hours=2)
    rows = (
        dsda_row("PA. Manggarai BKB", "101", 8550, earlier, **mm),
        dsda_row("Bendung Katulampa", "103", 85, earlier, **cm),
    )
    feed_source.put("/xmldata.xml", document(*rows))
    city.poll()
    stages = "SELECT stage FROM gauge_stage WHERE gauge_id = 'manggarai' ORDER BY at"
    assert city.rows(stages) == [], "a first reading that is an alarm waits for a second one"
    feed_source.put(
        "/xmldata.xml",
        document(
            dsda_row("PA. MANGGARAI  BKB", "101", 8600, at, status="Status : Siaga 3", **mm),
            dsda_row("P.A. WADUK PLUIT", "102", 1900, at, SIAGA1=450, SIAGA2=0, SIAGA3=-510),
            dsda_row("Bendung Katulampa", "999", 90, at, status="SIAGA III", **cm),
            dsda_row("P.S. Angke Hulu", "104", 300, at),
            dsda_row("Pos Depok", "104", "", at - timedelta(hours=5)),
            dsda_row("Pos Nowhere", "7", 12, at),
            dsda_row("Pos Depok", "104", 1, at + timedelta(days=2)),
        ),
    )
    counts = city.poll()
    assert counts is not None
    first, manggarai = readings(city, "manggarai")
    assert first["flags"] == ["unconfirmed"]
    assert [one["stage"] for one in city.rows(stages)] == [2], "readings of an hourly feed confirm each other"
    assert (manggarai["level_cm"], manggarai["quality"], manggarai["flags"]) == (860, "good", [])
    assert manggarai["measured_at"] == at.replace(microsecond=0)
    alarm = city.rows("SELECT * FROM gauge_alarm WHERE gauge_id = 'manggarai'")[0]
    assert (alarm["computed_stage"], alarm["published_stage"], alarm["alarm_stage"]) == (2, 3, 2)
    assert alarm["published_by"] == "Dinas SDA"
    (pluit,) = readings(city, "waduk-pluit")
    assert (pluit["level_cm"], pluit["quality"], pluit["flags"]) == (-190, "suspect", ["minus_restored"])
    _, katulampa = readings(city, "katulampa")
    assert (katulampa["level_cm"], katulampa["flags"]) == (90, ["unit_cm"])
    (depok,) = readings(city, "depok")
    assert (depok["level_cm"], depok["quality"]) == (None, "missing")
    reasons = sorted(alert_message["reason"] for alert_message in city.dead_letters())
    assert len(reasons) == 2
    assert "NAMA_PINTU_AIR of id 104" in reasons[0]
    assert "TANGGAL" in reasons[1]
    raised = city.rows("SELECT severity FROM signal WHERE source_key = 'gauge:manggarai' AND ended_at IS NULL")
    assert [one["severity"] for one in raised] == ["moderate"], "Siaga 2 by the level, whatever is published"
    again = city.poll()
    assert again is not None
    assert again.accepted == 0
    stale = document(dsda_row("PA. Manggarai BKB", "101", 100, at - timedelta(hours=3), **mm))
    feed_source.put("/xmldata.xml", stale)
    city.poll()
    latest = city.rows("SELECT level_cm FROM gauge_latest WHERE gauge_id = 'manggarai'")
    assert latest == [{"level_cm": 860}], "a row that lags decides nothing"


def test_the_history_of_a_gauge(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    text = DSDA[: DSDA.index('[[feed.gauge]]\ngauge = "waduk-pluit"')].replace("xmldata.xml", "history")
    city.begin("history", text.replace('kind = "dsda"', 'kind = "dsda_history"'), feed_source)
    first = city.now.astimezone(WIB) - timedelta(hours=2)
    points = [f"{first + timedelta(minutes=10 * step):%Y-%m-%d %H.%M.%S},{600 + step}" for step in range(6)]
    feed_source.put(
        "/history", ";".join([*points, "yesterday,5", f"{first:%Y-%m-%d} 01.00.00,-5150"]) + "|9500;8500;7500"
    )
    counts = city.poll()
    assert counts is not None
    found = readings(city, "manggarai")
    assert [one["level_cm"] for one in found if one["quality"] == "good"] == [600, 601, 602, 603, 604, 605]
    bad = [(one["level_cm"], one["flags"]) for one in found if one["quality"] == "bad"]
    assert bad == [(-5150, ["range", "implausible"])], "both the feed and the cloud say so"
    assert counts.dead == 1
    requests = next(path for path, _ in reversed(feed_source.requests) if path.startswith("/history"))
    assert f"IdPintuAir=101&StartDate={city.now.astimezone(WIB) - timedelta(days=1):%d-%m-%Y}" in requests


CAP = """
[[feed]]
id = "{id}"
kind = "cap"
url = "{url}/alerts.xml"
signals = {{ banjir = "flooding" }}
"""


def an_alert(
    city: FeedCity, identifier: str, *, kind: str = "Alert", refers: str = "", minutes: int = 30, **more: str
) -> str:
    ring = "-6.18,106.80 -6.18,106.87 -6.24,106.87 -6.24,106.80 -6.18,106.80"
    area = more.get("area", f"<polygon>{ring}</polygon>")
    references = f"<references>{refers}</references>" if refers else ""
    info = (
        f"<info><language>id-ID</language><category>Met</category><event>{more.get('event', 'Hujan Lebat')}</event>"
        "<urgency>Immediate</urgency><severity>Severe</severity>"
        f"<certainty>{more.get('certainty', 'Likely')}</certainty>"
        f"<expires>{sent(city, -120)}</expires><headline>{more.get('headline', 'Hujan')}</headline>"
        f"<web>{more.get('web', 'https://www.bmkg.go.id')}</web><area><areaDesc>Jakarta</areaDesc>{area}</area></info>"
    )
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>{more.get('sender', 'bmkg')}</sender>"
        f"<sent>{sent(city, minutes)}</sent>"
        f"<status>{more.get('status', 'Actual')}</status><msgType>{kind}</msgType><scope>Public</scope>{references}"
        f"{info if kind != 'Cancel' else ''}</alert>"
    )


def sent(city: FeedCity, minutes: int) -> str:
    return (city.now - timedelta(minutes=minutes)).isoformat()


def rss(source: Source, *names: str) -> str:
    items = "".join(f"<item><link>{source.url}/{name}</link><pubDate>1</pubDate></item>" for name in names)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def in_force(city: FeedCity) -> list[str]:
    query = (
        "SELECT identifier FROM feed_warning WHERE feed_id = %s AND superseded_at IS NULL AND message_type <> 'Cancel'"
        " AND status = 'Actual' ORDER BY 1"
    )
    return [row["identifier"] for row in city.rows(query, city.feed_id)]


def test_warnings_in_any_sequence(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    city.begin("cap", CAP, feed_source)
    feed_source.put("/1.xml", an_alert(city, "W1", minutes=50))
    feed_source.put("/2.xml", an_alert(city, "W2", kind="Update", refers=f"bmkg,W1,{sent(city, 50)}", minutes=40))
    feed_source.put("/4.xml", an_alert(city, "W4", kind="Cancel", refers=f"bmkg,W3,{sent(city, 30)}", minutes=20))
    feed_source.put("/5.xml", an_alert(city, "W5", kind="Cancel", status="Test", refers=f"bmkg,W2,{sent(city, 40)}"))
    feed_source.put("/alerts.xml", rss(feed_source, "2.xml", "4.xml", "5.xml", "gone.xml"))
    city.poll()
    assert in_force(city) == ["W2"], "the cancel of a test cancels nothing real"
    feed_source.put("/3.xml", an_alert(city, "W3", minutes=30))
    feed_source.put("/alerts.xml", rss(feed_source, "1.xml", "2.xml", "3.xml"))
    before = len(feed_source.requests)
    city.poll()
    assert in_force(city) == ["W2"], "what was replaced before it came is never in force"
    requests = [path for path, _ in feed_source.requests[before:]]
    assert requests == ["/alerts.xml", "/1.xml", "/3.xml"], "an alert is asked for once"
    touched = city.rows("SELECT area_ids, texts FROM feed_warning WHERE identifier = 'W2'")[0]
    assert len(touched["area_ids"]) >= 1
    assert city.health()["last_error"] == "127.0.0.1 answered 404"
    feed_source.put("/6.xml", an_alert(city, "W6", kind="Cancel", refers=f"bmkg,W2,{sent(city, 40)}", minutes=5))
    feed_source.put("/alerts.xml", rss(feed_source, "6.xml"))
    city.poll()
    assert in_force(city) == []
    items_result = len(city.rows("SELECT FROM feed_warning WHERE feed_id = %s", city.feed_id))
    with city.database.transaction() as conn:
        assert upkeep.forget_warnings(conn, now=city.now + timedelta(days=39)) == 0
        assert upkeep.forget_warnings(conn, now=city.now + timedelta(days=45)) >= items_result > 0
    assert city.rows("SELECT FROM feed_warning WHERE feed_id = %s", city.feed_id) == []


def test_an_observed_flood_in_a_small_place_is_a_signal_until_it_is_cancelled(
    feed_city: FeedCity, feed_source: Source
) -> None:
    city = feed_city
    city.begin("cap", CAP, feed_source)
    circle = f"<circle>{MANGGARAI[0]},{MANGGARAI[1]} 0.5</circle>"
    small: dict[str, Any] = {"event": "Banjir di jalan", "certainty": "Observed", "area": circle}
    entries = [
        an_alert(city, "F1", **small),
        an_alert(city, "F2", event="Banjir", certainty="Observed"),
        an_alert(city, "F3", **{**small, "certainty": "Possible"}),
        an_alert(city, "F4", **small, sender="siaga@siaga.test"),
    ]
    atom = '<feed xmlns="http://www.w3.org/2005/Atom">' + "".join(
        f"<entry><content>{one}</content></entry>" for one in entries
    )
    feed_source.put("/alerts.xml", atom + "</feed>")
    city.poll()
    signals = "SELECT category, ended_at FROM signal WHERE source_key = %s"
    assert city.rows(signals, f"feed:{city.feed_id}") == [{"category": "flooding", "ended_at": None}]
    assert "F4" not in in_force(city), "our own warnings do not come back to us"
    cancel = an_alert(city, "F9", kind="Cancel", refers=f"bmkg,F1,{sent(city, 30)}", minutes=1)
    feed_source.put("/alerts.xml", cancel)
    city.poll()
    assert city.rows(signals, f"feed:{city.feed_id}")[0]["ended_at"] is not None


STA = """
[[feed]]
id = "{id}"
kind = "sensorthings"
url = "{url}/FROST/v1.1"
[[feed.gauge]]
gauge = "karet"
datastream = 7
"""


def test_any_sensorthings_server(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    city.begin("sta", STA, feed_source)
    base = "/FROST/v1.1/Datastreams(7)"
    feed_source.put(base, json.dumps({"unitOfMeasurement": {"name": "metre", "symbol": "m"}}))

    def seen(minutes_ago: float, result: object) -> dict[str, object]:
        return {"phenomenonTime": sent(city, int(minutes_ago)), "result": result}

    first = {"value": [seen(30, 4.1), seen(20, 4.2), seen(19, None), seen(18, "dry")],
             "@iot.nextLink": f"{feed_source.url}{base}/Observations/more"}  # fmt: skip
    feed_source.put(base + "/Observations", json.dumps(first))
    feed_source.put(base + "/Observations/more", json.dumps({"value": [seen(10, 4.6), seen(5, 999)]}))
    counts = city.poll()
    assert counts is not None
    found = readings(city, "karet")
    assert [one["level_cm"] for one in found] == [410, 420, None, 460, 99900]
    assert [one["quality"] for one in found] == ["good", "good", "missing", "good", "bad"]
    assert [alert_message["reason"][:7] for alert_message in city.dead_letters()] == ["result:"]
    feed_source.put(base, json.dumps({"unitOfMeasurement": {"symbol": "furlong"}}))
    assert city.poll() is None
    assert "unitOfMeasurement of karet" in city.health()["last_error"]


SIAGA = """
[[feed]]
id = "{id}"
kind = "siaga"
url = "{url}"
[[feed.gauge]]
gauge = "angke-hulu"
id = "angke"
"""


def test_another_siaga(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    city.begin("siaga", SIAGA, feed_source)

    def incident(number: int, **more: object) -> dict[str, object]:
        return {
            "id": f"0192f0c1-0000-7000-8000-{number:012}", "number": number, "category": "flooding", "state": "open",
            "severity": "severe", "confidence": 0.9, "place": {"lat": MANGGARAI[0], "lon": MANGGARAI[1]},
            "began_at": sent(city, 20), "last_signal_at": sent(city, 5), "source_kinds": ["camera"], **more,
        }  # fmt: skip

    listed = [
        incident(1),
        incident(2, source_kinds=["feed"]),
        incident(3, category="gauge_check"),
        incident(4, place=None),
    ]
    feed_source.put("/api/v1/incidents", json.dumps(listed))
    gauges = [{"id": "angke", "measured_at": sent(city, 3), "level_cm": 120.5, "quality": "good"}, {"id": "other"}]
    feed_source.put("/api/v1/gauges", json.dumps(gauges))
    counts = city.poll()
    assert counts is not None
    assert counts.dead == 1
    mine = "SELECT confidence, ended_at FROM signal WHERE source_key = %s"
    assert city.rows(mine, f"feed:{city.feed_id}") == [{"confidence": 0.9, "ended_at": None}]
    assert [one["level_cm"] for one in readings(city, "angke-hulu")] == [120.5]
    feed_source.put("/api/v1/incidents", "[]")
    city.poll()
    assert city.rows(mine, f"feed:{city.feed_id}")[0]["ended_at"] is not None


CSV = """
[[feed]]
id = "{id}"
kind = "csv_reports"
url = "{url}/reports.csv"
encoding = "cp1252"
delimiter = ";"
time_column = "waktu"
time_format = "%d/%m/%Y %H:%M"
id_column = "nomor"
category_column = "jenis"
categories = {{ Banjir = "flooding" }}
text_column = "isi"
[[feed]]
id = "{id}-levels"
kind = "csv_readings"
url = "{url}/levels.csv"
unit = "m"
[[feed.gauge]]
gauge = "sunter-hulu"
names = ["SH"]
"""


def test_reports_and_readings_by_csv(feed_city: FeedCity, feed_source: Source) -> None:
    city = feed_city
    city.begin("csv", CSV, feed_source)
    at = f"{city.now.astimezone(WIB) - timedelta(minutes=9):%d/%m/%Y %H:%M}"
    lines = [
        "nomor;waktu;jenis;lat;lon;isi",
        f"A1;{at};Banjir;{MANGGARAI[0]};{MANGGARAI[1]};Air naik – cepat",
        f"A2;{at};Hantu;{MANGGARAI[0]};{MANGGARAI[1]};?",
        f"A3;{at};Banjir;0;0;?",
        f"A4;01/01/2020 00:00;Banjir;{MANGGARAI[0]};{MANGGARAI[1]};too old",
        f"A5;{at};Banjir",
    ]
    feed_source.put("/reports.csv", "\n".join(lines).encode("cp1252"))
    first, again = city.poll(), city.poll()
    assert first is not None
    assert again is not None
    assert (first.accepted, first.dead, again.accepted, again.repeated) == (1, 4, 0, 1)
    items_result = city.rows("SELECT body, category FROM report WHERE channel = 'csv' AND external_id = 'A1'")
    assert items_result == [{"body": "Air naik – cepat", "category": "flooding"}]
    city.feed_id += "-levels"
    feed_source.put(
        "/levels.csv", f"gauge,time,level\nSH,{sent(city, 8)},1.25\nSH,{sent(city, 4)},-\nXX,{sent(city, 4)},9\n"
    )
    city.poll()
    assert [one["level_cm"] for one in readings(city, "sunter-hulu")] == [125, None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(('kind = "waze"', 'kind = "wase"'), "feed[1] \"w\" kind: got 'wase', expected one of", id="kind"),
        pytest.param(
            ("[[feed]]", "[[feed]]\nspeed = 1"), 'feed[1] "w" speed: got 1, expected no such key', id="unknown"
        ),
        pytest.param(("https://", "ftp://"), 'feed[1] "w" url: got', id="scheme"),
        pytest.param(("/x", "/{secret}"), "a secret for the {secret} of url", id="secret"),
        pytest.param(
            ('/x"', '/x"\nevery_seconds = 1'), 'feed[1] "w" every_seconds: got 1, expected greater', id="often"
        ),
        pytest.param(('/x"', '/x"\ncategories = { A_B = "ghosts" }'), "one of flooding, trash", id="category"),
    ],
)
def test_a_wrong_file_is_reported_exactly_and_changes_nothing(
    feed_city: FeedCity, change: tuple[str, str], message: str
) -> None:
    text = '[[feed]]\nid = "w"\nkind = "waze"\nurl = "https://waze.example/x"\n'.replace('"w"', '"ww"', 1)
    before = feed_city.rows("SELECT id FROM feed ORDER BY id")
    with pytest.raises(ImportFileError) as caught:
        feed_city.configure(text.replace(*change))
    assert message.replace('"w"', '"ww"') in str(caught.value)
    assert "feeds.toml" in str(caught.value)
    assert feed_city.rows("SELECT id FROM feed ORDER BY id") == before
