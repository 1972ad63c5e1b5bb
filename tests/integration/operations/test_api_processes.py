"""Two processes of the API behind the front door: a client has its limits once, and staff have their own process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from tests.support.served.api_process import served_cities
from tests.support.served.front_door import SHIPPED, front_door, published, visitor

from siaga_cloud.platform.http.limits import REPORTS_BURST
from siaga_sim.stack.front_door import CaddyDoor, FrontDoor
from siaga_sim.stack.postgres import Postgres

TRIES = REPORTS_BURST + 3
FORGED = {"Cookie": "siaga=made-up"}
FORM = {"category": "flooding", "text": "banjir", "lat": "-6.2079", "lon": "106.8484", "reporter": "tetangga"}
_REQUESTS = re.compile(r"^siaga_http_requests_total\{(.*)\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Processes:
    """Two processes of the API over one database."""

    folder: Path
    addresses: tuple[str, str]

    @property
    def ports(self) -> list[int]:
        return [urlsplit(one).port or 0 for one in self.addresses]

    def answered(self, route: str) -> list[int]:
        """How many requests of a route each process has answered."""
        return [_answered(httpx.get(f"{one}/metrics", trust_env=False).text, route) for one in self.addresses]


def _answered(metrics: str, route: str) -> int:
    return sum(int(float(count)) for labels, count in _REQUESTS.findall(metrics) if f'route="{route}"' in labels)


@pytest.fixture(scope="module")
def two(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("processes")
    trusted = {"SIAGA_TRUSTED_PROXIES": "127.0.0.1"}
    with served_cities(postgres, migrated_template, folder, processes=2, **trusted) as (_, one, _, other):
        yield Processes(folder, (one, other))


@pytest.fixture(scope="module")
def door(two: Processes) -> Iterator[FrontDoor]:
    with front_door(two.folder, two.ports[0], more_api_ports=two.ports[1:]) as nginx:
        yield nginx


def accepted_of(door: FrontDoor, addresses: list[str], headers: list[dict[str, str]]) -> int:
    """Send a report from each address in turn, each on a connection of its own; how many were accepted."""
    found = []
    for address, more in zip(addresses, headers, strict=True):
        with visitor(door.url, address=door.gateway, **{"X-Forwarded-For": address, **more}) as client:
            key = {"Idempotency-Key": str(uuid4())}
            found.append(client.post("/api/v1/reports", data=FORM, headers=key).status_code)
    assert set(found) <= {201, 429}, found
    return found.count(201)


def test_clients_are_spread_over_the_processes(two: Processes, door: FrontDoor) -> None:
    for number in range(40):
        with visitor(door.url, address=door.gateway, **{"X-Forwarded-For": f"203.0.113.{number}"}) as client:
            assert client.get(f"/api/v1/gauges/none-{number}/readings").status_code == 404
    assert all(two.answered("/gauges/{gauge_id}/readings"))


@pytest.mark.parametrize(
    ("addresses", "more"),
    [
        (["198.51.100.7"] * TRIES, [{}] * TRIES),
        ([f"2001:db8:0:1:{number:x}::{number}" for number in range(TRIES)], [{}] * TRIES),
        (["198.51.100.9"] * TRIES, [FORGED if number % 2 else {} for number in range(TRIES)]),
    ],
    ids=["one address", "the addresses of one customer", "with a made-up session"],
)
def test_a_client_has_its_limits_once_however_many_processes_there_are(
    door: FrontDoor, addresses: list[str], more: list[dict[str, str]]
) -> None:
    assert accepted_of(door, addresses, more) == REPORTS_BURST


def test_what_is_sent_with_a_session_or_token_reaches_the_process_of_staff(two: Processes) -> None:
    public, staff = two.ports
    state = published(two.folder / "caddy-published")
    caddyfile = SHIPPED.parent / "caddy" / "Caddyfile"
    caddy = CaddyDoor(folder=two.folder / "caddy", shipped=caddyfile, api_port=public, staff_port=staff, state=state)
    with front_door(two.folder / "staff", public, staff_port=staff) as nginx, caddy:
        for url in (nginx.url, caddy.url):
            _check_split(two, url)


def _check_split(two: Processes, url: str) -> None:
    before = two.answered("/tasks"), two.answered("/reports")
    with visitor(url) as client:
        for more in (FORGED, {"Authorization": "Bearer made-up"}, {"Cookie": "a=b; __Host-siaga=made-up"}):
            client.get("/api/v1/tasks", headers=more)
        client.post("/api/v1/reports", data=FORM | {"category": "none"}, headers=FORGED)
        client.get(f"/api/v1/tasks?limit=1&category={uuid4()}")
    tasks, reports = two.answered("/tasks"), two.answered("/reports")
    assert [now - then for now, then in zip(tasks, before[0], strict=True)] == [1, 3]
    assert [now - then for now, then in zip(reports, before[1], strict=True)] == [1, 0], "limits are in one process"
