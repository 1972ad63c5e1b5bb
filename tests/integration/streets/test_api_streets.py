"""Depths of streets over HTTP and in the published files, as everybody reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.http_api import Api, add_signal
from tests.support.streets.city import set_forecast, set_level

from siaga_cloud.published.roads import RoadSource, read_roads
from siaga_cloud.streets.service.computing import compute_depths

STREET = "jalan-jatinegara-barat-1"


@pytest.fixture(scope="module")
def flooded(api: Api) -> Api:
    """Water of the gauge Manggarai over one street, and more of it ahead."""
    now = datetime.now(UTC)
    with api.connection() as conn:
        set_level(conn, 905, at=now - timedelta(minutes=2), gauge="manggarai")
        set_forecast(conn, 910, 925, made_at=now - timedelta(minutes=4), gauge="manggarai")
        add_signal(conn, source="camera:cam-kampung-melayu", place=(-6.2246, 106.8628))
        compute_depths(conn, now=now)
        conn.commit()
    return api


def test_a_depth_has_its_interval_its_basis_and_what_is_ahead(flooded: Api) -> None:
    with flooded.client() as client:
        answer = client.get("/api/v1/streets/depth")
        one = client.get(f"/api/v1/streets/{STREET}/depth").json()
    found = answer.json()
    assert answer.headers["cache-control"].startswith("public")
    assert one in found["streets"]
    assert found["unknown_count"] > 0
    assert (one["answer"], one["depth_cm"]) == ("known", 35)
    assert 10 < one["low_cm"] < 35 < one["high_cm"] < 65
    assert [(item["kind"], item["names"]) for item in one["basis"]] == [("gauge", ["PA Manggarai"])]
    assert [point["depth_cm"] for point in one["ahead"]] == [40, 55]
    assert len(one["line"]) == 2
    assert one["schematic"] is True


def test_a_street_of_which_nothing_is_known_is_unknown_and_not_dry(flooded: Api) -> None:
    with flooded.client() as client:
        one = client.get("/api/v1/streets/jalan-kemang-raya-1/depth").json()
        listed = client.get("/api/v1/streets/depth").json()["streets"]
        assert client.get("/api/v1/streets/nowhere/depth").status_code == 404
    assert (one["answer"], one["depth_cm"], one["valid_until"]) == ("unknown", None, None)
    assert "jalan-kemang-raya-1" not in {street["id"] for street in listed}


def test_the_streets_of_an_area_are_those_in_it(flooded: Api) -> None:
    with flooded.client() as client:
        every = client.get("/api/v1/streets/depth").json()["streets"]
        area_id = next(one["area_id"] for one in every if one["id"] == STREET)
        own = client.get("/api/v1/streets/depth", params={"area": area_id}).json()
        city = client.get("/api/v1/streets/depth", params={"area": "31"}).json()
        file = client.get(f"/state/areas/{area_id}.json").json()
    assert {one["area_id"] for one in own["streets"]} == {area_id}
    assert city["streets"] == every
    assert own["unknown_count"] < city["unknown_count"]
    assert STREET in {one["id"] for one in file["streets"]}


def test_the_publisher_reads_depths_with_its_own_rights_and_no_places_of_people(flooded: Api) -> None:
    with flooded.client() as client:
        published = client.get("/state/layers/roads.json").json()
    assert STREET in {one["id"] for one in published["depths"]}
    with flooded.connection() as conn:
        conn.execute("SET ROLE siaga_publish")
        roads = read_roads(conn, RoadSource(), at=datetime.now(UTC))
        conn.rollback()
    assert {one.id for one in roads.depths} == {one["id"] for one in published["depths"]}
    assert "citizen" not in json.dumps(published)


def test_a_depth_that_nothing_computes_again_is_unknown(flooded: Api) -> None:
    with flooded.connection() as conn:
        conn.execute("UPDATE street_depth SET valid_until = now() - interval '1 second'")
        conn.commit()
    with flooded.client() as client:
        assert client.get(f"/api/v1/streets/{STREET}/depth").json()["answer"] == "unknown"
        assert client.get("/api/v1/streets/depth").json()["streets"] == []
