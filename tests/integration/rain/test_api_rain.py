"""Rain over HTTP, as everybody reads it: what is not known is null and never dry."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.http_api import Api

from siaga_cloud.rain.store import gauges, readings
from siaga_cloud.rain.store.gauges import RainGaugeRow
from siaga_cloud.rain.store.readings import RainReading

FULL, GAPS, SILENT, OLD = "hujan-full", "hujan-gaps", "hujan-silent", "hujan-old"


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def rained(api: Api, now: datetime) -> Iterator[Api]:
    """Four rain gauges: one that misses nothing, one with gaps, one without a reading, and one that fell silent."""
    rows = [RainGaugeRow(id=name, name=f"Pos {name}", lat=-6.6, lon=106.8) for name in (FULL, GAPS, SILENT, OLD)]
    held = [rain(FULL, 10 * step, 0.5, now=now) for step in range(24 * 6 + 6)]
    held += [rain(GAPS, 10 * step, 1, now=now) for step in (0, 1, 2, 3, 4, *range(6, 18))]
    with api.connection() as conn:
        gauges.replace_gauges(conn, rows, origin="rain-gauges.csv", now=now)
        readings.upsert_readings(conn, [*held, rain(OLD, 3 * 24 * 60, 7, now=now)], now=now)
        conn.commit()
    yield api
    with api.connection() as conn:
        conn.execute("DELETE FROM rain_gauge")
        conn.commit()


def rain(gauge: str, minutes_ago: float, mm: float, *, now: datetime) -> RainReading:
    return RainReading(rain_gauge_id=gauge, ends_at=now - timedelta(minutes=minutes_ago), minutes=10, mm=mm)


def listed(api: Api) -> dict[str, dict[str, Any]]:
    with api.client() as client:
        answer = client.get("/api/v1/rain-gauges")
    assert answer.headers["cache-control"].startswith("public")
    return {one["id"]: one for one in answer.json()}


def sums(one: dict[str, Any]) -> dict[int, float | None]:
    return {item["hours"]: item["mm"] for item in one["sums"]}


def test_the_rain_of_the_last_hours_with_how_much_of_them_is_known(rained: Api, now: datetime) -> None:
    full = listed(rained)[FULL]
    assert sums(full) == {1: pytest.approx(3, abs=0.1), 3: pytest.approx(9, abs=0.1), 24: pytest.approx(72, abs=0.1)}
    assert [one["known_minutes"] for one in full["sums"]] == [
        pytest.approx(60, abs=2), pytest.approx(180, abs=2), pytest.approx(1440, abs=2),
    ]  # fmt: skip
    assert (full["name"], full["lat"], full["lon"]) == (f"Pos {FULL}", -6.6, 106.8)
    assert datetime.fromisoformat(full["newest_ends_at"]) == now


def test_a_window_of_which_too_little_is_known_has_no_rain_and_is_not_dry(rained: Api, now: datetime) -> None:
    found = listed(rained)
    gaps = found[GAPS]
    assert sums(gaps) == {1: None, 3: pytest.approx(17, abs=0.2), 24: None}
    assert [one["known_minutes"] for one in gaps["sums"]] == [
        pytest.approx(50, abs=2), pytest.approx(170, abs=2), pytest.approx(170, abs=2),
    ]  # fmt: skip
    for name, newest in ((SILENT, None), (OLD, now - timedelta(days=3))):
        assert sums(found[name]) == {1: None, 3: None, 24: None}
        assert [one["known_minutes"] for one in found[name]["sums"]] == [0, 0, 0]
        at = found[name]["newest_ends_at"]
        assert (at and datetime.fromisoformat(at)) == newest


def test_readings_of_a_span_end_in_it(rained: Api, now: datetime) -> None:
    address = f"/api/v1/rain-gauges/{FULL}/readings"
    span = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
    with rained.client() as client:
        hour = client.get(address, params=span).json()
        newest = client.get(address, params={**span, "limit": 2}).json()
        day = client.get(address).json()
        nothing = client.get(f"/api/v1/rain-gauges/{SILENT}/readings").json()
    assert [datetime.fromisoformat(one["ends_at"]) for one in hour] == [
        now - timedelta(minutes=10 * step) for step in range(5, -1, -1)
    ]
    assert hour[0].keys() == {"ends_at", "minutes", "mm"}
    assert {(one["minutes"], one["mm"]) for one in hour} == {(10, 0.5)}
    assert newest == hour[-2:]
    assert len(day) == 24 * 6
    assert nothing == []


@pytest.mark.parametrize(
    ("address", "params", "status", "kind"),
    [
        ("nowhere", {}, 404, "rain-gauge-not-found"),
        (FULL, {"from": "2026-11-01T00:00:00Z", "to": "2026-12-02T00:00:01Z"}, 422, "invalid-period"),
        (FULL, {"from": "2026-11-02T00:00:00Z", "to": "2026-11-02T00:00:00Z"}, 422, "invalid-period"),
        (FULL, {"from": "2026-11-02T00:00:00"}, 422, "invalid"),
        (FULL, {"limit": "0"}, 422, "invalid"),
        ("No!", {}, 422, "invalid"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    rained: Api, address: str, params: dict[str, str], status: int, kind: str
) -> None:
    with rained.client() as client:
        answer = client.get(f"/api/v1/rain-gauges/{address}/readings", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith(f"urn:siaga:problem:{kind}")


def test_a_month_is_the_longest_span(rained: Api) -> None:
    with rained.client() as client:
        params = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}
        assert client.get(f"/api/v1/rain-gauges/{FULL}/readings", params=params).status_code == 200


def test_serving_rain_loads_no_numerical_library() -> None:
    code = "import sys, siaga_cloud.rain.api; print({'numpy', 'scipy'} & {name for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
