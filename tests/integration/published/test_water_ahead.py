"""What an area's file says about water that comes, from gauges and forecasts as the city stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.http_api import Api
from tests.support.past_city import send_levels

from siaga_cloud.forecast import store as forecasts
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.published.reading import read_city
from siaga_cloud.published.water import AreaWater, WaterReader
from siaga_core.rules.forecast import ForecastPoint

AREA = "31.74.01.manggarai"


def save_forecast(conn: Connection, gauge: str, *levels: float, now: datetime) -> None:
    """A forecast of a level each hour, with 25 cm of doubt to each side."""
    points = [
        ForecastPoint(at=now + timedelta(hours=hour), level_cm=level, low_cm=level - 25, high_cm=level + 25)
        for hour, level in enumerate(levels, start=1)
    ]
    run = forecasts.Run(
        gauge_id=gauge, made_at=now, seen_until=now, level_cm=levels[0], used=("depok",), unknown=(), reason=""
    )
    forecasts.save_run(conn, run, points)


def file_of(api: Api, area: str) -> dict[str, Any]:
    """As a server without a folder makes it."""
    with api.client() as client:
        answer = client.get(f"/state/areas/{area}.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def water_of(conn: Connection) -> AreaWater:
    state = read_city(conn, at=datetime.now(UTC))
    (found,) = WaterReader(conn, state.gauges, state.at).of_area(["manggarai"])
    return found


@pytest.fixture
def river(api: Api) -> Api:
    """High water at Depok, normal water above and below it."""
    send_levels(api, "katulampa", [40, 41, 42])
    send_levels(api, "depok", [271, 274, 277, 280])
    send_levels(api, "manggarai", [640, 641, 642])
    return api


def test_the_file_names_the_gauge_and_the_time_and_not_the_height(river: Api) -> None:
    area = file_of(river, AREA)
    assert "manggarai" in area["gauges"]
    (water,) = [one for one in area["water"] if one["strip"][-1]["gauge_id"] == "manggarai"]
    assert [(one["gauge_id"], one["minutes"]) for one in water["strip"]] == [
        ("katulampa", 540), ("depok", 360), ("manggarai", 0),
    ]  # fmt: skip
    assert (water["answer"], water["from_id"], water["low_cm"], water["unknown"]) == ("coming", "depok", None, [])
    comes_in = datetime.fromisoformat(water["at"]) - datetime.now(UTC)
    assert timedelta(hours=5, minutes=55) < comes_in < timedelta(hours=6)


def test_with_a_forecast_the_band_at_that_time_is_the_height(river: Api) -> None:
    with river.connection() as conn:
        save_forecast(conn, "manggarai", 640, 660, 700, 760, 820, 885, 900, now=datetime.now(UTC))
        found = water_of(conn)
        conn.rollback()
    assert (found.answer, found.low_cm, found.high_cm, found.stage) == ("coming", 860, 910, 2)


def test_with_a_gauge_without_data_the_answer_is_not_calm(api: Api) -> None:
    send_levels(api, "karet", [300, 301, 302])
    with api.connection() as conn:
        state = read_city(conn, at=datetime.now(UTC))
        (found,) = WaterReader(conn, state.gauges, state.at).of_area(["karet"])
    assert (found.answer, found.unknown) == ("unknown", ["krukut-hulu"])


def test_an_area_without_a_gauge_has_no_answer(api: Api) -> None:
    with api.connection() as conn:
        state = read_city(conn, at=datetime.now(UTC))
        assert WaterReader(conn, state.gauges, state.at).of_area([]) == []
