"""The Caddyfile as it is shipped, in a real Caddy before the real API: the same promises as nginx without a cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.served.front_door import (
    BR,
    FORGED,
    NOW_JSON,
    SHIPPED,
    check_basemap,
    counted_addresses,
    fail_to_sign_in,
    published,
    visitor,
)

from siaga_sim.stack.front_door import CaddyDoor
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

CADDYFILE = SHIPPED.parent / "caddy" / "Caddyfile"


def caddy_door(folder: Path, api_port: int) -> CaddyDoor:
    """Caddy before an API, not yet started."""
    state = published(folder / "published")
    return CaddyDoor(folder=folder / "caddy", shipped=CADDYFILE, api_port=api_port, state=state)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Caddy and the API behind it."""

    caddy: CaddyDoor
    api: Api


@pytest.fixture(scope="module")
def entrance(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Entrance]:
    folder = tmp_path_factory.mktemp("caddy")
    url = postgres.create_database("siaga_caddy", template=migrated_template)
    settings = SettingsForTests(database_url=url, media_dir=folder / "media")
    with (
        serve(settings, load_demo_city(url), trusted_proxies=("127.0.0.1",)) as api,
        caddy_door(folder, urlsplit(api.url).port or 0) as caddy,
    ):
        yield Entrance(caddy, api)
    postgres.drop_database("siaga_caddy")


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[CaddyDoor]:
    """Caddy whose API does not run."""
    with caddy_door(tmp_path, free_port()) as caddy:
        yield caddy


def test_people_are_counted_by_their_own_address_and_forged_headers_are_not_believed(entrance: Entrance) -> None:
    counted_addresses(entrance.api)
    for url, address, counted in (
        (entrance.caddy.url, "127.0.0.31", "127.0.0.31"),
        (entrance.caddy.url, "127.0.0.32", "127.0.0.32"),
        (f"http://[::1]:{entrance.caddy.port}", None, "0000:0000:0000:0000::/64"),
    ):
        with visitor(url, address=address, **FORGED) as client:
            fail_to_sign_in(client)
        assert counted_addresses(entrance.api) == {counted}


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/x/../metrics", "/%6detrics", "/readyz", "/healthz"])
def test_what_belongs_to_the_own_network_is_closed(entrance: Entrance, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", entrance.caddy.port, timeout=20)  # sends the path as it is
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 404
    assert "siaga_" not in text


def test_pages_and_answers_of_the_api_pass_as_they_are(entrance: Entrance) -> None:
    with visitor(entrance.caddy.url) as client, entrance.api.client() as straight:
        for path in ("/", "/api/v1/gauges", "/api/v1/none"):
            through, own = client.get(path), straight.get(path, headers={"Accept-Encoding": "gzip"})
            assert (through.status_code, through.text) == (own.status_code, own.text)
            assert through.headers["cache-control"] == own.headers["cache-control"]


def test_the_basemap_is_served_in_ranges_without_the_api(lonely: CaddyDoor) -> None:
    with visitor(lonely.url) as client:
        check_basemap(client)


def test_the_api_states_that_a_file_of_the_basemap_is_not_there(entrance: Entrance) -> None:
    with visitor(entrance.caddy.url) as client:
        none = client.get("/basemap/ffffffffffffffffffffffff.pmtiles")
    assert (none.status_code, none.json()["title"]) == (404, "Not Found")


def test_the_published_state_is_served_without_the_api(lonely: CaddyDoor) -> None:
    with visitor(lonely.url) as client:
        zipped = client.get("/state/now.json")
        assert (zipped.content, zipped.headers["content-encoding"]) == (NOW_JSON, "gzip")
        assert zipped.headers["cache-control"] == "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
        assert zipped.headers["content-type"].startswith("application/json")
        with client.stream("GET", "/state/now.json", headers={"Accept-Encoding": "gzip, br"}) as smallest:
            assert (b"".join(smallest.iter_raw()), smallest.headers["content-encoding"]) == (BR, "br")
        assert client.get("/state/now.json", headers={"If-None-Match": zipped.headers["etag"]}).status_code == 304
        assert client.get("/state/none.json").status_code == 404
        for language, word in (("", "Keadaan"), ("en-GB,en;q=0.9", "State")):
            page = client.get("/", headers={"Accept-Language": language})
            assert (page.status_code, word in page.text) == (200, True)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
        for answer in (client.get("/api/v1/gauges"), client.post("/api/v1/reports"), client.get("/sw.js")):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["cache-control"] == "private, no-store"
        client.get("/r/secret-of-a-report")
    assert "secret-of-a-report" not in (lonely.folder / "caddy.log").read_text()
