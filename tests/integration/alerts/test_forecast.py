"""What comes to Manggarai: fitted on history in the database, told, checked, and shown."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from tests.support.http_api import Api, set_level

from siaga_cloud.forecast import service as forecasting
from siaga_cloud.platform.db.connection import Connection
from siaga_sim.city import load_city
from siaga_sim.river import Cloudburst, River

GAUGES = ("katulampa", "depok", "manggarai")
STEP = timedelta(minutes=10)
DAYS = 6
# The last storm is on its way: it rained in the hills, Depok is rising, Manggarai has not seen it yet.
LAST_RAIN_HOURS_AGO = 8.0


def levels() -> dict[str, list[float]]:
    dice = Random(4)
    hours = DAYS * 24
    begins = [*range(5, hours - 60, 30), hours - LAST_RAIN_HOURS_AGO]
    bursts = [
        Cloudburst(on=(catchment,), starts_hour=begin, hours=dice.uniform(2, 5), peak_mm_per_hour=peak)
        for begin in begins
        for catchment, peak in (("puncak", dice.uniform(20, 45)), ("bogor", dice.uniform(10, 40)))
    ]
    river = River(load_city("jakarta").network(), tuple(bursts), hours=hours + 12)
    return {name: [float(level) for level in river.level_series(name)[::10]] for name in GAUGES}


@pytest.fixture(scope="module")
def river() -> dict[str, list[float]]:
    return levels()


@pytest.fixture(scope="module")
def now() -> datetime:
    moment = datetime.now(UTC)
    return moment - timedelta(seconds=moment.timestamp() % 600)


def put(conn: Connection, gauge: str, series: list[float], *, until: datetime) -> None:
    """The series with its last level in the step before `until`."""
    start = until - STEP * len(series)
    with conn.cursor() as cursor, cursor.copy("COPY reading FROM STDIN") as copy:
        for place, level in enumerate(series):
            at = start + STEP * place + timedelta(minutes=5)
            copy.write_row((gauge, at, round(level, 1), "good", "{}", None, None, None, "test", at))


@pytest.fixture(scope="module")
def reported(api: Api, river: dict[str, list[float]], now: datetime) -> Api:
    seen = DAYS * 24 * 6
    with api.connection() as conn:
        for gauge in GAUGES:
            put(conn, gauge, river[gauge][:seen], until=now)
            set_level(conn, gauge, river[gauge][seen - 1], stage=4, at=now)
        fits = list(forecasting.fit_all(lambda: nullcontext(conn), now=now, first="manggarai"))
        assert [one.gauge_id for one in fits[:2]] == ["manggarai"] * 2, "the linear model comes before the learnt one"
        fitted = {one.gauge_id: one for one in fits}
        assert fitted["manggarai"].models[0].uses == set(GAUGES)
        forecasting.forecast_all(conn, now=now)
    return api


def test_a_gauge_that_has_a_model_is_fitted_once(reported: Api, now: datetime) -> None:
    with reported.connection() as conn:
        names = [one.gauge_id for one in forecasting.fit_all(lambda: nullcontext(conn), now=now, first="manggarai")]
    assert names[0] == "manggarai"
    assert len(names) == len(set(names))


def request(api: Api, path: str) -> Any:
    with api.client() as client:
        answer = client.get(f"/api/v1/gauges/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def forget_after(api: Api, now: datetime) -> None:
    """As it was before."""
    with api.connection() as conn:
        conn.execute("DELETE FROM reading WHERE measured_at > %s", (now,))
        forecasting.forecast_all(conn, now=now)


def test_the_hours_ahead_are_forecast_with_a_band(reported: Api, river: dict[str, list[float]], now: datetime) -> None:
    found = request(reported, "manggarai/forecast")
    assert len(found["points"]) == 20
    true = river["manggarai"][DAYS * 24 * 6 - 1 :]
    assert max(true) - true[0] > 50, "the storm is still to come"
    for point in found["points"]:
        hours = (datetime.fromisoformat(point["at"]) - now) / timedelta(hours=1)
        assert point["low_cm"] <= point["level_cm"] <= point["high_cm"]
        assert point["level_cm"] == pytest.approx(true[round(hours * 6)], abs=40)


def test_the_arrival_of_a_stage_is_reported_with_its_span(
    reported: Api, river: dict[str, list[float]], now: datetime
) -> None:
    true = river["manggarai"][DAYS * 24 * 6 - 1 :]
    reached = next(place for place, level in enumerate(true) if level >= 750)
    (siaga_3, *_) = request(reported, "manggarai/forecast")["arrivals"]
    assert siaga_3["stage"] == 3
    error = datetime.fromisoformat(siaga_3["at"]) - (now + STEP * reached)
    assert abs(error) < timedelta(minutes=45)
    assert datetime.fromisoformat(siaga_3["earliest_at"]) <= datetime.fromisoformat(siaga_3["at"])


def test_the_lags_are_reported_as_published_and_as_found(reported: Api) -> None:
    lags = {one["gauge_id"]: one for one in request(reported, "manggarai/forecast")["upstream"]}
    assert lags["depok"]["published_minutes"] == 360
    assert lags["depok"]["found_minutes"] == pytest.approx(345, abs=40)
    assert lags["katulampa"]["published_minutes"] == 540
    assert all(one["used"] for one in lags.values())


def test_its_skill_is_reported(reported: Api) -> None:
    skill = request(reported, "manggarai/forecast")["skill"]
    assert [one["hours_ahead"] for one in skill][:3] == [0.5, 1.0, 1.5]
    assert all(one["skill"] > 0.3 for one in skill if one["hours_ahead"] >= 2)


def test_a_gauge_without_others_upstream_reports_so(reported: Api) -> None:
    found = request(reported, "katulampa/forecast")
    assert (found["points"], found["reason"]) == ([], "no gauge is known upstream of this one")


def test_when_a_gauge_upstream_falls_silent_the_others_are_used_and_it_is_stated(
    reported: Api, river: dict[str, list[float]], now: datetime
) -> None:
    seen, later = DAYS * 24 * 6, now + timedelta(minutes=50)
    with reported.connection() as conn:
        for gauge in ("katulampa", "manggarai"):
            put(conn, gauge, river[gauge][seen : seen + 5], until=later)
        forecasting.forecast_all(conn, now=later)
    found = request(reported, "manggarai/forecast")
    forget_after(reported, now)
    assert found["unknown"] == ["depok"]
    assert {one["gauge_id"]: one["used"] for one in found["upstream"]} == {"depok": False, "katulampa": True}
    assert len(found["points"]) == 20


def test_without_fresh_levels_only_the_reason_is_reported(reported: Api, now: datetime) -> None:
    with reported.connection() as conn:
        forecasting.forecast_all(conn, now=now + timedelta(hours=3))
    found = request(reported, "manggarai/forecast")
    forget_after(reported, now)
    assert found["points"] == []
    assert found["reason"] == "the levels of the last hours are not known"
    assert set(found["unknown"]) == set(GAUGES)


def test_what_was_sent_is_checked_against_what_came(
    reported: Api, river: dict[str, list[float]], now: datetime
) -> None:
    seen = DAYS * 24 * 6
    later = now + timedelta(hours=6)
    with reported.connection() as conn:
        forecasting.forecast_all(conn, now=now)
        put(conn, "manggarai", river["manggarai"][seen : seen + 36], until=later)
        assert forecasting.check(conn, now=later) > 0
        assert forecasting.check(conn, now=later) > 0  # again changes nothing
    skill = {one["hours_ahead"]: one for one in request(reported, "manggarai/forecast")["skill"]}
    forget_after(reported, now)
    assert skill[3.0]["due_count"] >= 1
    assert skill[3.0]["recent_rms_error_cm"] < 40
    assert skill[9.0]["due_count"] == 0


def test_the_skill_on_the_page_is_what_the_stored_forecasts_and_readings_give(
    reported: Api, river: dict[str, list[float]], now: datetime
) -> None:
    """Recomputed here, by hand, from every single stored forecast and the readings round its time."""
    seen, later = DAYS * 24 * 6, now + timedelta(hours=6)
    with reported.connection() as conn:
        forecasting.forecast_all(conn, now=now)
        put(conn, "manggarai", river["manggarai"][seen : seen + 36], until=later)
        for minutes in range(10, 120, 10):
            forecasting.forecast_all(conn, now=now + timedelta(minutes=minutes))
        forecasting.check(conn, now=later)
        stored = conn.execute(
            "SELECT made_at, at, level_cm, low_cm, high_cm FROM forecast WHERE gauge_id = 'manggarai' AND at <= %s"
            " AND made_at >= %s",
            (later, now),
        ).fetchall()
        came = conn.execute(
            "SELECT measured_at, level_cm FROM reading WHERE gauge_id = 'manggarai' AND measured_at > %s", (now,)
        ).fetchall()
    shown = {one["hours_ahead"]: one for one in request(reported, "manggarai/forecast")["skill"]}
    forget_after(reported, now)
    compared = 0
    for hours, one in shown.items():
        outcomes = [outcome for row in stored if row["at"] - row["made_at"] == timedelta(hours=hours)
                    for outcome in _outcomes(row, came)]  # fmt: skip
        if not outcomes:
            assert (one["due_count"], one["recent_rms_error_cm"], one["recent_inside_share"]) == (0, None, None)
            continue
        errors = [error for error, _ in outcomes]
        assert one["due_count"] == len(outcomes)
        assert one["recent_rms_error_cm"] == pytest.approx(
            (sum(error**2 for error in errors) / len(errors)) ** 0.5, abs=0.06
        )
        assert one["recent_inside_share"] == pytest.approx(
            sum(inside for _, inside in outcomes) / len(outcomes), abs=0.001
        )
        compared += 1
    assert compared >= 6


def _outcomes(row: dict[str, Any], came: list[dict[str, Any]]) -> list[tuple[float, bool]]:
    """The error of one forecast and whether the band held, where there was a reading within five minutes."""
    near = [
        one["level_cm"]
        for one in came
        if row["at"] - timedelta(minutes=5) < one["measured_at"] <= row["at"] + timedelta(minutes=5)
    ]
    if not near:
        return []
    level = sum(near) / len(near)
    return [(row["level_cm"] - level, row["low_cm"] <= level <= row["high_cm"])]


def test_the_usual_range_and_the_record(reported: Api) -> None:
    with reported.connection() as conn:
        conn.execute(
            "INSERT INTO reading_hourly SELECT 'manggarai', '2026-01-01'::timestamptz + n * interval '1 hour', 60, 60,"
            " 60.0 * (600 + mod(n, 10)), 600, CASE n WHEN 30 THEN 991 ELSE 620 END, 600, 600, now()"
            " FROM generate_series(0, 99) AS n"
        )
        assert forecasting.recompute_usual(conn, now=datetime.now(UTC)) == 1
    usual = request(reported, "manggarai/history")["usual"]
    assert (usual["low_cm"], usual["high_cm"], usual["record_cm"]) == (600, 609, 991)
    assert datetime.fromisoformat(usual["record_at"]) == datetime(2026, 1, 2, 6, tzinfo=UTC)
    assert request(reported, "depok/history")["usual"] is None


def publish(api: Api, token: str | None, **body: object) -> httpx.Response:
    with api.client(token) as client:
        return client.post("/api/v1/gauges/depok/published-stage", json={"source": "BPBD DKI", **body})


def test_the_worse_of_computed_and_published_alarms(reported: Api) -> None:
    operator = next(user for user in reported.tokens if "operator" in user)
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    assert publish(reported, None, stage=2, at=at).status_code == 401
    answer = publish(reported, operator, stage=2, at=at)
    assert answer.status_code == 201
    alarm = answer.json()["alarm"]
    assert (alarm["computed_stage"], alarm["published_stage"], alarm["alarm_stage"]) == (4, 2, 2)
    assert publish(reported, operator, stage=1, at=at).json()["alarm"]["published_stage"] == 2  # the first holds
    old = (datetime.now(UTC) - timedelta(hours=4)).isoformat()
    assert publish(reported, operator, stage=1, at=old).json()["alarm"]["alarm_stage"] == 2
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert publish(reported, operator, stage=1, at=ahead).status_code == 422
