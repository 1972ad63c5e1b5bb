"""The front door as it is shipped, in a real nginx before the real API: addresses, caches, closed paths, outages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.cloud_core import eventually
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.served.front_door import (
    BR,
    FORGED,
    NOW_JSON,
    check_basemap,
    counted_addresses,
    fail_to_sign_in,
    front_door,
    visitor,
)

from siaga_sim.stack.front_door import FrontDoor
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Entrance:
    """The front door and the API behind it."""

    nginx: FrontDoor
    api: Api

    def counted(self) -> set[str]:
        """The addresses that failed sign-ins were counted for since it was last read."""
        return counted_addresses(self.api)


@pytest.fixture(scope="module")
def entrance(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Entrance]:
    folder = tmp_path_factory.mktemp("front-door")
    name = f"siaga_front_door_{next(_numbers)}"
    url = postgres.create_database(name, template=migrated_template)
    settings = SettingsForTests(database_url=url, media_dir=folder / "media")
    with (
        serve(settings, load_demo_city(url), trusted_proxies=("127.0.0.1/32",)) as api,
        front_door(folder, urlsplit(api.url).port or 0) as nginx,
    ):
        yield Entrance(nginx, api)
    postgres.drop_database(name)


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[FrontDoor]:
    """A front door whose API does not run."""
    with front_door(tmp_path, free_port()) as nginx:
        yield nginx


def test_people_are_counted_by_their_own_address_and_forged_headers_are_not_believed(entrance: Entrance) -> None:
    door = entrance.nginx
    entrance.counted()
    for address in ("127.0.0.21", "127.0.0.22"):
        with visitor(door.https_url, address=address, **FORGED) as client:
            fail_to_sign_in(client)
    assert entrance.counted() == {"127.0.0.21", "127.0.0.22"}
    with visitor(f"https://[::1]:{door.https_port}", **FORGED) as client:
        fail_to_sign_in(client)
    assert entrance.counted() == {"0000:0000:0000:0000::/64"}
    with visitor(door.url, address="127.0.0.23", **FORGED) as client:
        fail_to_sign_in(client)
    assert entrance.counted() == {"127.0.0.23"}, "the listener for the machine's own proxy believes the gateway alone"


@pytest.mark.parametrize(
    ("named", "counted"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("203.0.113.66, 203.0.113.6", "203.0.113.6"),
        ("2001:db8:0:1::5", "2001:0db8:0000:0001::/64"),
    ],
)
def test_people_behind_the_port_of_compose_are_counted_by_their_own_address(
    entrance: Entrance, named: str, counted: str
) -> None:
    """A proxy of the machine enters by the published port, so that it comes from the gateway of the network."""
    entrance.counted()
    with visitor(entrance.nginx.url, address=entrance.nginx.gateway, **{"X-Forwarded-For": named}) as client:
        fail_to_sign_in(client)
    assert entrance.counted() == {counted}


def test_the_api_believes_no_forwarded_address_of_others(entrance: Entrance, caplog: pytest.LogCaptureFixture) -> None:
    entrance.counted()
    with visitor(entrance.api.url, address="127.0.0.24", **FORGED) as client:
        fail_to_sign_in(client)
    assert entrance.counted() == {"127.0.0.24"}
    assert "127.0.0.24 forwards requests but is not in SIAGA_TRUSTED_PROXIES" in caplog.text


CLOSED = (
    "/metrics", "/metrics/", "//metrics", "/./metrics", "/x/../metrics", "/%6detrics", "/metrics?x=1", "/metrics%3f",
    "/static/..%2fmetrics", "/static/%2e%2e/metrics", "/readyz", "/healthz",
)  # fmt: skip


@pytest.mark.parametrize("path", CLOSED)
def test_what_belongs_to_the_own_network_is_closed(entrance: Entrance, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", entrance.nginx.plain_port, timeout=20)  # sends the path as it is
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status in (400, 404), text[:300]
    assert "siaga_" not in text


def test_metrics_are_open_inside_and_closed_behind_any_proxy(entrance: Entrance) -> None:
    with visitor(entrance.api.url) as client:
        assert "siaga_http_requests_total" in client.get("/metrics").text
        assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.1"}).status_code == 404


def test_what_is_public_is_answered_from_the_cache_and_nothing_personal_is(entrance: Entrance) -> None:
    staff = f"Bearer {entrance.api.tokens['operator.balaikota']}"
    with visitor(entrance.nginx.https_url) as client:
        client.get("/api/v1/tasks?limit=7")
        again = client.get("/api/v1/tasks?limit=7")
        assert again.headers["x-siaga-cache"] in {"HIT", "STALE", "UPDATING"}
        for known in ({"Authorization": staff}, {"Authorization": "x"}, {"Cookie": 'a={"b"}; __Host-siaga=forged'}):
            answer = client.get("/api/v1/tasks?limit=7", headers=known)
            assert answer.headers["x-siaga-cache"] == "BYPASS"
            assert answer.headers["cache-control"] == "private, no-store"
        officers = client.get("/api/v1/officers", headers={"Authorization": staff})
        assert (officers.status_code, client.get("/api/v1/officers").status_code) == (200, 401)
        fresh = client.get("/api/v1/gauges?x=1", headers={"Authorization": staff})
        assert fresh.status_code == 200
        assert client.get("/api/v1/gauges?x=1").headers["x-siaga-cache"] == "MISS", "a staff answer was stored"


def test_the_api_makes_the_published_state_where_no_publisher_runs(entrance: Entrance) -> None:
    with visitor(entrance.nginx.https_url) as client:
        first = client.get("/state/categories.json")
        assert first.status_code == 404, "there is no such file"
        made = client.get("/state/gauges/manggarai.json")
        assert (made.status_code, made.headers["cache-control"].startswith("public, max-age=5")) == (200, True)
        assert client.get("/state/gauges/manggarai.json").headers["x-siaga-cache"] == "HIT"


def test_answers_from_the_cache_are_in_the_language_and_the_coding_that_was_requested(entrance: Entrance) -> None:
    with visitor(entrance.nginx.https_url) as client:
        for language in ("id", "en", "id", "en"):
            services = client.get("/open311/v2/services.json", headers={"Accept-Language": language})
            assert services.headers["content-language"] == language
        for accepted, expected in (("application/json", "json"), ("text/xml", "xml"), ("application/json", "json")):
            found = client.get("/open311/v2/services", headers={"Accept": accepted})
            assert expected in found.headers["content-type"]
        for coding in ("identity", "gzip", "identity"):
            areas = client.get("/api/v1/areas", headers={"Accept-Encoding": coding})
            assert areas.headers.get("content-encoding", "identity") == coding
            assert areas.json()["type"] == "FeatureCollection"
        unchanged = client.get("/api/v1/areas", headers={"If-None-Match": areas.headers["etag"]})
        assert unchanged.status_code == 304


def test_the_basemap_is_served_in_ranges_without_the_api(lonely: FrontDoor) -> None:
    with visitor(lonely.https_url) as client:
        check_basemap(client)


def test_the_api_states_that_a_file_of_the_basemap_is_not_there(entrance: Entrance) -> None:
    with visitor(entrance.nginx.https_url) as client:
        none = client.get("/basemap/ffffffffffffffffffffffff.pmtiles")
    assert (none.status_code, none.json()["title"]) == (404, "Not Found")


def test_the_published_state_is_served_without_the_api(lonely: FrontDoor) -> None:
    with visitor(lonely.https_url) as client:
        plain = client.get("/state/now.json", headers={"Accept-Encoding": "identity"})
        assert plain.content == NOW_JSON
        assert plain.headers["content-type"] == "application/json; charset=utf-8"
        assert plain.headers["cache-control"] == "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
        assert plain.headers["vary"] == "Accept-Encoding"
        zipped = client.get("/state/now.json", headers={"Accept-Encoding": "gzip"})
        assert (zipped.content, zipped.headers["content-encoding"]) == (NOW_JSON, "gzip")
        with client.stream("GET", "/state/now.json", headers={"Accept-Encoding": "gzip, br"}) as smallest:
            assert (b"".join(smallest.iter_raw()), smallest.headers["content-encoding"]) == (BR, "br")
            assert smallest.headers["content-type"] == "application/json; charset=utf-8"
        etag = {"If-None-Match": zipped.headers["etag"], "Accept-Encoding": "gzip"}
        assert client.get("/state/now.json", headers=etag).status_code == 304
        assert client.get("/state/areas/manggarai.json").json() == {"area": "manggarai"}
        assert client.get("/state/none.json").status_code == 503, "the API would know whether there is such a file"


@pytest.mark.parametrize(
    ("accepted", "word"), [("", "Keadaan"), ("en-GB,en;q=0.9", "State"), ("id,en", "Keadaan"), ("su, en", "State")]
)
def test_pages_are_the_published_state_where_nothing_else_is_left(lonely: FrontDoor, accepted: str, word: str) -> None:
    with visitor(lonely.https_url) as client:
        page = client.get("/", headers={"Accept-Language": accepted, "Accept-Encoding": "gzip"})
    assert page.status_code == 200
    assert word in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_requests_are_refused_with_503_and_a_time_to_try_again_where_the_api_is_away(lonely: FrontDoor) -> None:
    with visitor(lonely.https_url) as client:
        for answer in (client.get("/api/v1/gauges"), client.post("/api/v1/reports"), client.get("/api/v1/live")):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.json()["type"] == "urn:siaga:problem:unavailable"
        client.get("/r/secret-of-a-report")
        client.get("/api/v1/reports/secret-of-a-report")
        eventually(lambda: "503" in (lonely.folder / "access.log").read_text(), what="the access log")
    logged = "".join(one.read_text(errors="replace") for one in lonely.folder.glob("*.log"))
    assert "secret-of-a-report" not in logged
    assert "127.0.0.1" not in logged


def test_plain_http_leads_to_https(lonely: FrontDoor) -> None:
    with visitor(f"http://127.0.0.1:{lonely.redirect_port}") as client:
        answer = client.get("/map?x=1", headers={"Host": "siaga.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, "https://siaga.example/map?x=1")


def test_what_was_read_before_is_answered_when_the_api_stops(entrance: Entrance, tmp_path: Path) -> None:
    settings = SettingsForTests(database_url=entrance.api.database_url, media_dir=tmp_path / "media")
    paths = ("/", "/api/v1/gauges", "/sw.js")
    with serve(settings, entrance.api.tokens, trusted_proxies=("127.0.0.1",)) as api:
        nginx = front_door(tmp_path, urlsplit(api.url).port or 0).start()
        with visitor(nginx.https_url) as client:
            before = {path: client.get(path).text for path in paths}
    try:
        with visitor(nginx.https_url) as client:

            def is_old() -> bool:
                return all(client.get(path).headers["x-siaga-cache"] in {"STALE", "UPDATING"} for path in paths)

            eventually(is_old, what="answers that are older than two seconds")
            assert {path: client.get(path).text for path in paths} == before
    finally:
        nginx.stop()
