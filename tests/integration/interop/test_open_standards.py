"""Open data, NGSI-LD, the page of all APIs with its examples, and widgets: as the public gets them over HTTP."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.http_api import Api, add_signal, set_level
from tests.support.standards.feed_shapes import cifs_complaints, datex_complaints, pi_complaints

from siaga_cloud.interop.open_data.store import DATASETS
from siaga_cloud.pages import api_page

EXAMPLES = [(entry, number) for entry in api_page.ENTRIES for number in range(len(entry.examples))]


@pytest.fixture(scope="module")
def filled(api: Api) -> Api:
    with api.connection() as conn:
        set_level(conn, "manggarai", 812.34, stage=2)
        add_signal(conn)
        add_signal(conn, category="pothole", source="citizen:x", place=(-6.2512345, 106.8312345), note="=HYPERLINK(1)")
    return api


@pytest.fixture
def client(filled: Api) -> Iterator[httpx.Client]:
    with filled.client() as opened:
        yield opened


@pytest.mark.parametrize("name", DATASETS)
def test_each_dataset_has_the_same_rows_in_all_three_forms(client: httpx.Client, name: str) -> None:
    base, columns = f"/api/v1/open-data/{name}", list(DATASETS[name].columns)
    rows: list[dict[str, Any]] = client.get(f"{base}.json").json()
    text = client.get(f"{base}.csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(text.text)))
    collection = client.get(f"{base}.geojson")
    assert collection.headers["content-type"] == "application/geo+json"
    features = collection.json()["features"]
    assert len(rows) == len(lines) == len(features)
    if name not in ("stages", "alerts"):
        assert rows
        assert list(rows[0]) == list(lines[0]) == list(features[0]["properties"]) == columns
    if name in ("gauges", "areas", "waterways", "cameras"):
        assert all(one["geometry"]["coordinates"] for one in features)


def test_open_data_is_what_the_public_may_see(client: httpx.Client) -> None:
    text = client.get("/api/v1/open-data/incidents.csv").text + client.get("/api/v1/open-data/incidents.geojson").text
    assert "pothole" in text
    assert "2512345" not in text
    catalogue = client.get("/api/v1/open-data", params={"lang": "en"}).json()
    assert [one["id"] for one in catalogue] == list(DATASETS)
    assert client.get("/api/v1/open-data/people.csv").status_code == 422


def test_a_road_that_a_camera_sees_is_in_each_feed_and_never_as_a_real_one_in_a_test(client: httpx.Client) -> None:
    assert client.get("/roads/v1/cifs.json").json() == {"incidents": []}, "CIFS cannot mark a test"
    shown = client.get("/roads/v1/cifs.json?preview=true").json()
    assert cifs_complaints(shown) == []
    (hazard,) = (one["incident"] for one in shown["incidents"])
    assert (hazard["type"], hazard["street"]) == ("HAZARD", "Pintu Air Manggarai"), "no depth, no closure"
    datex = client.get("/roads/v1/datex.xml")
    assert datex.headers["content-type"] == "application/xml"
    assert datex_complaints(datex.content) == []
    assert b"<com:informationStatus>test<" in datex.content
    assert b"pothole" not in datex.content
    missing = client.get("/roads/v1/gtfs-alerts.pb")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:siaga:problem:no-transit-agency")


def test_readings_in_the_words_of_delft_fews(client: httpx.Client) -> None:
    address = "/fews/v1/timeseries.xml"
    found = client.get(address, params={"locationIds": ["manggarai", "karet"]})
    assert found.status_code == 200, found.text
    assert pi_complaints(found.content) == []
    assert found.content.count(b"<event ") == 1
    assert b'value="812.3" flag="0"' in found.content
    assert client.get(address, params={"locationIds": "nowhere"}).status_code == 404
    assert client.get(address).status_code == 422
    long = {"locationIds": "karet", "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-03-01T00:00:00Z"}
    assert client.get(address, params=long).json()["type"] == "urn:siaga:problem:invalid-period"


def test_flood_monitoring_in_the_words_of_the_smart_data_model(client: httpx.Client) -> None:
    address = "/ngsi-ld/v1/entities/urn:ngsi-ld:FloodMonitoring:siaga:manggarai"
    plain = client.get(address)
    assert plain.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in plain.headers["link"]
    found = plain.json()
    assert found["currentLevel"]["value"] == pytest.approx(8.123)
    assert found["currentLevel"]["unitCode"] == "MTR"
    assert (found["alertLevel"]["value"], found["dangerLevel"]["value"]) == (7.5, 9.5)
    assert found["referenceLevel"]["value"] - found["measuredDistance"]["value"] == found["currentLevel"]["value"]
    assert (found["floodLevelStatus"]["value"], found["stationID"]["value"]) == ("Warning", "manggarai")
    linked = client.get(address, headers={"Accept": "application/ld+json"}).json()
    assert linked["@context"][1].startswith("https://uri.etsi.org/ngsi-ld/")
    values = client.get(f"{address}?options=keyValues").json()
    assert values["location"]["type"] == "Point"
    silent = client.get(address.replace("manggarai", "karet")).json()
    assert "currentLevel" not in silent, "what is not known is not said"
    assert client.get(f"{address}x").status_code == 404


def test_ngsi_ld_pages_and_counts(client: httpx.Client) -> None:
    page = client.get("/ngsi-ld/v1/entities?type=FloodMonitoring&limit=2&offset=1&count=true")
    assert len(page.json()) == 2
    assert int(page.headers["ngsild-results-count"]) > 2
    assert client.get("/ngsi-ld/v1/entities?type=Alert").json() == []
    following = client.get(page.links["next"]["url"])
    assert following.json()[0]["id"] != page.json()[0]["id"]
    assert "offset=1&" in following.links["prev"]["url"]


def test_ngsi_ld_filters_or_refuses(client: httpx.Client) -> None:
    address = "/ngsi-ld/v1/entities"
    place = {"georel": "near;maxDistance==5000", "geometry": "Point", "coordinates": "[106.84844,-6.2079]"}
    near = client.get(address, params={"type": "FloodMonitoring", "attrs": "currentLevel", **place}).json()
    assert [one["id"].rpartition(":")[2] for one in near] == ["manggarai"]
    assert set(near[0]) == {"id", "type", "currentLevel"}
    query = {"q": 'currentLevel>8;floodLevelStatus=="Warning"', "options": "concise"}
    (high,) = client.get(address, params=query).json()
    assert high["name"] == "PA Manggarai" or high["stationID"] == "manggarai"
    refused = client.get(address, params={"type": "FloodMonitoring", "idPattern": ".*"})
    assert (refused.status_code, refused.json()["type"]) == (400, "https://uri.etsi.org/ngsi-ld/errors/BadRequestData")
    assert "idPattern" in refused.json()["detail"]


@pytest.mark.parametrize(("entry", "number"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_an_example_of_the_page_answers_as_it_stands_there(filled: Api, entry: api_page.Entry, number: int) -> None:
    command = api_page.commands(entry, filled.url)[number]
    done = subprocess.run(
        ["/bin/bash", "-c", command], env={"no_proxy": "127.0.0.1", "PATH": "/usr/bin:/bin"}, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout


def test_the_page_of_apis_in_both_languages_links_what_is_there(client: httpx.Client) -> None:
    for language, title in (("id", "API dan standar terbuka"), ("en", "APIs and open standards")):
        answer = client.get("/api", params={"lang": language})
        assert f"<h1>{title}</h1>" in answer.text
        assert "script" not in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        for entry in api_page.ENTRIES:
            assert entry.path in answer.text


def test_only_widgets_may_be_framed_and_they_load_nothing_foreign(client: httpx.Client) -> None:
    for name in ("map", "gauge", "area"):
        answer = client.get(f"/embed/{name}")
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors *" in policy
        assert "script-src 'self'" in policy
        assert f'data-widget="{name}"' in answer.text
    assert client.get("/embed/people").status_code == 422
    for path in ("/", "/api", "/static/embed.js", "/static/embed.css", "/static/standards.css", "/api/v1/gauges"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
