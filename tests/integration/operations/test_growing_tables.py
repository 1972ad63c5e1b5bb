"""No page of the API reads a growing table whole: their plans as PostgreSQL logs them, with a year of work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from benchmarks.api_queries.plans import RanQuery, is_chunk, log_plans, read
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.served.growing_city import REPORTS, fill

from siaga_cloud.interop.sensorthings import store as sensorthings
from siaga_sim.stack.postgres import Postgres

GROWING: Final = ("report", "incident", "incident_member", "task", "task_move", "signal", "reading_hourly")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCity:
    """A served city whose server logs every plan into a file."""

    api: Api
    log: Path


@pytest.fixture(scope="module")
def city(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCity]:
    url = postgres.create_database("siaga_growing", template=migrated_template)
    tokens = load_demo_city(url)
    fill(url)
    log_plans(url)
    with serve(SettingsForTests(database_url=url, media_dir=tmp_path_factory.mktemp("media")), tokens) as api:
        yield LoggedCity(api=api, log=postgres.folder / "server.log")
    postgres.drop_database("siaga_growing")


def plans(city: LoggedCity, address: str, *, user: str | None) -> list[RanQuery]:
    """Of the queries that a request makes."""
    before = city.log.stat().st_size
    with city.api.client(user) as client:
        answer = client.get(address, timeout=60)
    assert answer.status_code == 200, answer.text
    with city.log.open("rb") as file:
        file.seek(before)
        found = list(read(file.read().decode(errors="replace")))
    assert found, "no plan was logged"
    return found


def read_whole(city: LoggedCity, address: str, *, user: str | None) -> dict[str, int]:
    """Tables to the rows that a request reads of them, where that is half of what is there."""
    rows: dict[str, int] = {}
    for query in plans(city, address, user=user):
        for table, count in query.touched.items():
            rows[table] = max(rows.get(table, 0), count)
    most = REPORTS // 2
    return {name: count for name, count in rows.items() if count >= most and (name in GROWING or is_chunk(name))}


LISTS: Final = (
    "/api/v1/tasks",
    "/api/v1/tasks?limit=1000",
    "/api/v1/tasks?state=verified",
    "/api/v1/tasks?agency=dinas-sda",
    "/api/v1/tasks?number=7",
    "/api/v1/incidents",
    "/api/v1/incidents?limit=1000",
    "/api/v1/incidents?sort=-severity",
    "/api/v1/incidents?state=closed",
    "/api/v1/incidents?state=merged",
    "/api/v1/incidents?category=flooding",
    "/api/v1/incidents?category=street_light",
    "/open311/v2/requests.json",
    "/open311/v2/requests.json?status=closed",
    "/open311/v2/servicerequestupdates.json",
    "/sta/v1.1/Observations?$top=100",
    "/sta/v1.1/Observations?$orderby=phenomenonTime desc",
    "/sta/v1.1/Observations?$filter=result gt 250",
    "/sta/v1.1/Observations?$count=true&$top=0",
    "/sta/v1.1/Observations?$count=true&$top=1000",
    "/sta/v1.1/Datastreams",
)


@pytest.mark.parametrize("user", [None, "operator.balaikota", "camat.tebet"])
@pytest.mark.parametrize("address", LISTS)
def test_a_list_reads_its_page_and_not_the_table(city: LoggedCity, address: str, user: str | None) -> None:
    assert read_whole(city, address, user=user) == {}


@pytest.mark.parametrize(
    ("index", "address", "user"),
    [
        ("task_listed", "/api/v1/tasks", None),
        ("task_assignee", "/api/v1/tasks?mine=true", "operator.balaikota"),
        ("incident_newest", "/api/v1/incidents", None),
        ("incident_severest", "/api/v1/incidents?sort=-severity", None),
        ("incident_state_newest", "/api/v1/incidents?state=merged", None),
        ("incident_category_newest", "/api/v1/incidents?category=street_light", None),
        ("incident_member_sensor", "/api/v1/incidents", None),
        ("report_newest", "/open311/v2/requests.json", None),
        ("reading_newest", "/sta/v1.1/Observations?$orderby=phenomenonTime desc", None),
        ("reading_newest", "/sta/v1.1/Observations?$count=true&$top=0", None),
        ("task_move_at", "/open311/v2/servicerequestupdates.json", None),
    ],
)
def test_each_index_of_the_lists_is_used(city: LoggedCity, index: str, address: str, user: str | None) -> None:
    """One that is used nowhere would only make writing slower."""
    used = frozenset[str]().union(*(query.indexes for query in plans(city, address, user=user)))
    assert any(name.endswith(index) for name in used), used  # of a chunk, its own name stands before


def test_a_page_comes_without_a_count_that_is_too_slow(city: LoggedCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensorthings, "COUNT_SECONDS", 0.001)
    with city.api.client() as client:
        options = {"$filter": "result gt 250", "$count": "true", "$top": "3"}
        answer = client.get("/sta/v1.1/Observations", params=options)
    assert answer.status_code == 200
    shown = answer.json()
    assert "@iot.count" not in shown
    assert len(shown["value"]) == 3
    assert [(one["code"], one["target"]) for one in shown["@Org.OData.Core.V1.Messages"]] == [("not-counted", "$count")]


def test_an_expansion_waits_for_one_slow_count_alone(city: LoggedCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensorthings, "COUNT_SECONDS", 0.001)
    with city.api.client() as client:
        inner = "$filter=result gt 250;$count=true;$top=1"
        answer = client.get("/sta/v1.1/Datastreams", params={"$expand": f"Observations({inner})", "$top": "2"})
    assert answer.status_code == 200
    for stream in answer.json()["value"]:
        assert "Observations@iot.count" not in stream
        assert stream["Observations@Org.OData.Core.V1.Messages"][0]["severity"] == "warning"
