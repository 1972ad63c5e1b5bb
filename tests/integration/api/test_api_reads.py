"""What the API tells, and how it says no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, add_signal, serve, set_level

from siaga_cloud.gauges.store.readings import mark_dirty, recompute_dirty

NOBODY = UUID(int=0)  # the same in each of several processes that collect the tests


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    with api.client() as opened:
        yield opened


def test_places_are_found_by_name_in_both_languages(client: httpx.Client) -> None:
    found = client.get("/api/v1/places", params={"q": "manggarai"}).json()
    assert {one["kind"] for one in found} >= {"gauge", "area"}
    gauge = next(one for one in found if one["kind"] == "gauge")
    assert (gauge["id"], gauge["lat"]) == ("manggarai", pytest.approx(-6.2079, abs=0.001))
    assert client.get("/api/v1/places", params={"q": "xyzzy"}).json() == []
    assert len(client.get("/api/v1/places", params={"q": "k", "limit": 3}).json()) == 3
    assert client.get("/api/v1/places", params={"q": ""}).status_code == 422


def test_areas_and_rivers_are_geojson_that_is_not_sent_twice(client: httpx.Client) -> None:
    areas = client.get("/api/v1/areas")
    assert areas.headers["content-type"] == "application/geo+json"
    assert areas.json()["schematic"] is True
    assert len(areas.json()["features"]) == 318
    again = client.get("/api/v1/areas", headers={"If-None-Match": areas.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    kecamatan = client.get("/api/v1/areas", params={"level": ["kecamatan", "city"]}).json()["features"]
    assert len(kecamatan) == 50
    assert {one["properties"]["name"] for one in client.get("/api/v1/rivers").json()["features"]} >= {"Ciliwung"}


def test_a_gauge_reports_level_stage_and_trend(api: Api, client: httpx.Client) -> None:
    now = datetime.now(UTC)
    with api.connection() as conn:
        for minutes in range(10, -1, -1):
            set_level(conn, "karet", 500 - minutes * 2, stage=3, at=now - timedelta(minutes=minutes))
    gauge = client.get("/api/v1/gauges/karet").json()
    assert (gauge["level_cm"], gauge["stage"], gauge["trend"]) == (500, 3, "rising")
    assert gauge["rate_cm_per_hour"] == pytest.approx(120, abs=0.2)
    assert gauge["unknown_since"] is None
    assert gauge["area_name"] == "Petamburan"


def test_a_gauge_that_fell_silent_is_unknown_not_unchanged(api: Api, client: httpx.Client) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    with api.connection() as conn:
        set_level(conn, "hek", 90, stage=4, at=at)
    gauge = client.get("/api/v1/gauges/hek").json()
    assert datetime.fromisoformat(gauge["unknown_since"]) == at
    assert client.get("/api/v1/summary").json()["gauges"]["unknown"] >= 1


def test_readings_come_oldest_first_within_the_span(api: Api, client: httpx.Client) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with api.connection() as conn:
        for minute in range(5):
            set_level(conn, "istiqlal", minute, stage=4, at=start + timedelta(minutes=minute))
    span = {"from": start.isoformat(), "to": (start + timedelta(minutes=4)).isoformat()}
    found = client.get("/api/v1/gauges/istiqlal/readings", params=span).json()
    assert [one["level_cm"] for one in found] == [0, 1, 2, 3]
    newest = client.get("/api/v1/gauges/istiqlal/readings", params={**span, "limit": 2}).json()
    assert [one["level_cm"] for one in newest] == [2, 3]
    with api.connection() as conn:
        mark_dirty(conn, {("istiqlal", start)}, now=start)
        assert recompute_dirty(conn, limit=10, now=start) == 1
        conn.commit()
    assert client.get("/api/v1/gauges/istiqlal/hours", params=span).json() == [
        {"hour_at": "2026-11-01T00:00:00Z", "readings": 5, "level_cm": 2.0, "low_cm": 0.0, "high_cm": 4.0}
    ]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/v1/gauges/nowhere", 404, "gauge-not-found"),
        ("/api/v1/gauges/nowhere/readings", 404, "gauge-not-found"),
        ("/api/v1/gauges/nowhere/hours", 404, "gauge-not-found"),
        ("/api/v1/gauges/karet/hours?from=2024-01-01T00:00:00Z", 422, "invalid-period"),
        ("/api/v1/gauges/karet/readings?limit=0", 422, "invalid"),
        ("/api/v1/gauges/karet/readings?from=2026-01-01T00:00:00", 422, "invalid"),
        ("/api/v1/gauges/karet/readings?from=2026-01-01T00:00:00Z", 422, "invalid-period"),
        ("/api/v1/gauges/karet/readings?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, "invalid-period"),
        ("/api/v1/incidents?state=dreaming", 422, "invalid"),
        ("/api/v1/incidents?sort=oldest", 422, "invalid"),
        ("/api/v1/incidents?category=%27%3BDROP", 422, "invalid"),
        (f"/api/v1/incidents/{NOBODY}", 404, "incident-not-found"),
        ("/api/v1/incidents/17", 422, "invalid"),
        (f"/api/v1/tasks/{NOBODY}", 404, "task-not-found"),
        ("/api/v1/tasks?mine=true", 401, "authentication-required"),
        (f"/api/v1/media/{NOBODY}", 404, "image-not-found"),
        ("/api/v1/media/../../etc/passwd", 404, "not-found"),
        ("/api/v1/areas?level=planet", 422, "invalid"),
        ("/static/..%2Fmain.py", 404, "not-found"),
        ("/static/__init__.py", 404, "not-found"),
        ("/nothing/here", 404, "not-found"),
    ],
)
def test_every_error_is_a_problem_document(client: httpx.Client, path: str, status: int, kind: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:siaga:problem:{kind}"
    assert answer.json()["status"] == status
    assert answer.json()["title"]


def test_a_method_that_is_not_there_and_a_body_that_is_no_json_are_problems_too(api: Api, client: httpx.Client) -> None:
    assert client.delete("/api/v1/gauges").json()["type"] == "urn:siaga:problem:method-not-allowed"
    with api.client("operator.balaikota") as operator:
        answer = operator.post(
            f"/api/v1/tasks/{uuid4()}/moves", content=b"{", headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:siaga:problem:invalid")


def test_the_ledger_explains_why(api: Api, client: httpx.Client) -> None:
    with api.connection() as conn:
        place, now = (-6.1098, 106.796), datetime.now(UTC)
        add_signal(conn, source="camera:cam-pluit", place=place, minutes_ago=9, now=now)
        add_signal(conn, source="citizen:one", place=place, minutes_ago=4, confidence=1, note="di sini", now=now)
        incident_id = add_signal(conn, source="citizen:one", place=place, minutes_ago=3, confidence=0.8, now=now)
    answer = client.get(f"/api/v1/incidents/{incident_id}").json()
    members = answer["members"]
    assert [member["source_kind"] for member in members] == ["camera", "citizen", "citizen"]
    assert [member["counted"] for member in members] == [True, True, False]
    assert members[0]["source_name"] == "Waduk Pluit"
    assert members[0]["lead_seconds"] == pytest.approx(360)
    doubt = 1.0
    for member in members:
        doubt *= 1 - member["weight"] if member["counted"] else 1
    assert answer["incident"]["confidence"] == pytest.approx(1 - doubt, abs=1e-3)
    assert answer["incident"]["mixed"] is True
    assert {member["note"] for member in members} == {None}


def test_the_severest_incidents_come_first_on_request_and_limited_to_the_requested_number(
    api: Api, client: httpx.Client
) -> None:
    with api.connection() as conn:
        for minutes, severity in ((7, "severe"), (5, "moderate"), (3, "severe"), (1, "minor")):
            place = (-6.13 - minutes / 100, 106.83)
            add_signal(conn, category="fallen_tree", severity=severity, place=place, minutes_ago=minutes)
    requested = {"state": "open", "category": "fallen_tree", "sort": "-severity"}
    found = client.get("/api/v1/incidents", params=requested).json()
    assert [one["severity"] for one in found] == ["severe", "severe", "moderate", "minor"]
    assert found[0]["began_at"] > found[1]["began_at"]
    assert client.get("/api/v1/incidents", params={**requested, "limit": 2}).json() == found[:2]
    newest = client.get("/api/v1/incidents", params={**requested, "sort": "-began_at"}).json()
    assert newest[0]["severity"] == "minor"


def test_the_openapi_document_contains_titles_and_examples(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["info"]["title"] == "Siaga"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
    assert "examples" in document["components"]["schemas"]["Incident"]["properties"]["confidence"]
    assert {"/api/v1/reports", "/api/v1/live", "/api/v1/tasks/{task_id}/moves"} <= set(document["paths"])


def test_health_readiness_metrics_and_headers(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    client.get("/api/v1/gauges/karet")
    metrics = client.get("/metrics").text
    assert 'siaga_http_requests_total{method="GET",route="/gauges/{gauge_id}",status="200"}' in metrics
    page = client.get("/")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "{{" not in page.text
    assert client.get("/r/some-secret").text == page.text
    asset = re.search(r"/assets/[\w-]+\.js", page.text)
    assert asset is not None
    script = client.get(asset[0])
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] in ("br", "gzip")
    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


def test_the_front_page_has_one_script_and_requests_the_gauges_beside_it(client: httpx.Client) -> None:
    opens = {"Sec-Fetch-Dest": "document"}
    page = client.get("/", headers=opens)
    assert len(re.findall(r"/assets/[\w-]+\.js", page.text)) == 1
    assert page.headers["link"].startswith("</state/now.json>; rel=preload")
    assert "link" not in client.get("/map", headers=opens).headers
    cached_by_a_service_worker = client.get("/", headers={"Sec-Fetch-Dest": "empty"})
    assert "link" not in cached_by_a_service_worker.headers


def test_without_a_database_it_lives_but_is_not_ready(api: Api) -> None:
    settings = SettingsForTests(
        database_url="postgresql://siaga@127.0.0.1:1/none",
        media_dir=api.media_dir,
        tile_url="https://tiles.example/{z}/{x}/{y}.png",
        public_url="https://siaga.example",
    )
    with serve(settings, {}) as broken, broken.client() as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/api/v1/gauges"):
            answer = client.get(path)
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "5"
            assert answer.headers["content-type"] == "application/problem+json"
        page = client.get("/")
        assert "img-src 'self' data: blob: https://tiles.example;" in page.headers["content-security-policy"]
        assert 'content="https://tiles.example/{z}/{x}/{y}.png"' in page.text
        assert "max-age" in page.headers["strict-transport-security"]
