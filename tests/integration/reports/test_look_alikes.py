"""Before a report is sent: the place of its photo, what is known nearby, "me too"; drafts that waited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api, a_photo, add_signal

# 100 m north
HERE: dict[str, str | float] = {"category": "flooding", "lat": MANGGARAI[0] + 0.0009, "lon": MANGGARAI[1]}


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


def row(api: Api, query: str, *values: object) -> dict[str, Any]:
    with api.connection() as conn:
        found = conn.execute(query.encode(), values).fetchone()
    assert found is not None
    return found


def test_a_photo_gives_its_place_and_is_not_stored(api: Api, client: httpx.Client) -> None:
    before = row(api, "SELECT count(*) AS n FROM media")
    evidence = a_photo(gps=MANGGARAI, DateTimeOriginal="2026:11:20 08:00:00", OffsetTimeOriginal="+07:00")
    answer = client.post("/api/v1/reports/photo-place", files={"photo": ("a.jpg", evidence)})
    assert answer.status_code == 200, answer.text
    assert round(answer.json()["place"]["lat"], 4) == round(MANGGARAI[0], 4)
    assert answer.json()["taken_at"] == "2026-11-20T01:00:00Z"
    plain = client.post("/api/v1/reports/photo-place", files={"photo": ("a.jpg", a_photo())})
    assert plain.json() == {"place": None, "taken_at": None}
    assert client.post("/api/v1/reports/photo-place", files={"photo": ("a.jpg", b"no picture")}).status_code == 415
    assert row(api, "SELECT count(*) AS n FROM media") == before


def test_what_is_known_nearby_is_shown_and_joined_once(api: Api, client: httpx.Client) -> None:
    with api.connection() as conn:
        incident_id = add_signal(conn)
        conn.commit()
    (found,) = client.get("/api/v1/duplicate-candidates", params={**HERE, "lang": "en"}).json()
    assert (found["incident_id"], found["distance_m"], found["reports"]) == (str(incident_id), 100, 0)
    others: list[dict[str, str | float]] = [{"category": "trash"}, {"lat": -6.3}, {"radius_m": 2000}, {"lat": 91}]
    for elsewhere in others:
        answer = client.get("/api/v1/duplicate-candidates", params={**HERE, **elsewhere})
        assert answer.status_code == 422 or answer.json() == []
    key = {"Idempotency-Key": str(uuid4())}
    path = f"/api/v1/incidents/{incident_id}/me-too"
    first, again = (client.post(path, json={"text": "Saya juga lihat"}, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json()["follow"] == again.json()["follow"]
    stored = row(api, "SELECT category, lat, lon FROM report WHERE id = %s", first.json()["report_id"])
    assert stored == {"category": "flooding", "lat": MANGGARAI[0], "lon": MANGGARAI[1]}
    assert client.get(f"/api/v1/reports/{first.json()['follow'].removeprefix('/r/')}").json()["category"] == "flooding"
    assert client.post(f"/api/v1/incidents/{uuid4()}/me-too", json={}).status_code == 404
    assert client.post(path, json={"lat": -6.2}).status_code == 422


def test_where_only_citizens_reported_it_the_place_is_coarse(api: Api, client: httpx.Client) -> None:
    with api.connection() as conn:
        add_signal(conn, category="trash", source="citizen:abc", severity="minor")
        conn.commit()
    (found,) = client.get("/api/v1/duplicate-candidates", params={**HERE, "category": "trash"}).json()
    assert found["place"]["coarse"] is True
    assert found["distance_m"] % 50 == 0
    assert (found["place"]["lat"], found["place"]["lon"]) != MANGGARAI


def test_a_draft_counts_from_when_it_was_made(api: Api, client: httpx.Client) -> None:
    made_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    form = {"category": "trash", "text": "Sampah", "lat": MANGGARAI[0], "lon": MANGGARAI[1]}
    answer = client.post("/api/v1/reports", data={**form, "happened_at": made_at.isoformat()})
    assert answer.status_code == 201, answer.text
    stored = row(api, "SELECT happened_at FROM report WHERE id = %s", answer.json()["report_id"])
    assert stored["happened_at"] == made_at
    for wrong in ("2026-01-01T00:00:00+07:00", "2026-11-20T00:00:00", "yesterday"):
        assert client.post("/api/v1/reports", data={**form, "happened_at": wrong}).status_code in (400, 422)
