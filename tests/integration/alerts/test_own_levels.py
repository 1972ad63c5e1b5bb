"""Warned ahead of an own level, by stored forecasts whose precision is measured against the readings that came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support.alert_city import NOW, City
from tests.support.http_api import Api

from siaga_cloud.alerts.service import thresholds
from siaga_cloud.forecast import store as forecasts
from siaga_cloud.forecast.store import Run
from siaga_core.rules.ahead.precision import Threshold
from siaga_core.rules.forecast import ForecastPoint

HOUR = timedelta(hours=1)
OWN = Threshold("g1", 700.0, 180)


@pytest.fixture
def city(alert_city: City) -> Iterator[City]:
    alert_city.run("DELETE FROM forecast_precision")
    alert_city.run("DELETE FROM reading")
    yield alert_city
    alert_city.run("DELETE FROM reading")


def forecast(city: City, *, at: datetime, now_cm: float, ahead_cm: float, hours: float = 2.0) -> None:
    """One forecast with one point, as the worker stores it."""
    run = Run(gauge_id="g1", made_at=at, seen_until=at, level_cm=now_cm, used=("g1",), unknown=(), reason="")
    point = ForecastPoint(at=at + hours * HOUR, level_cm=ahead_cm, low_cm=ahead_cm - 20, high_cm=ahead_cm + 20)
    with city.database.transaction() as conn:
        forecasts.save_run(conn, run, [point])


def reading(city: City, level_cm: float, *, at: datetime) -> None:
    city.run(
        "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, flags, node_id, received_at)"
        " VALUES ('g1', %s, %s, 'good', '{}', 'n', %s)",
        at, level_cm, at,
    )  # fmt: skip


def past(city: City, *, came: int, missed: int) -> None:
    """So many announced floods, half a day apart, in which the water came or did not."""
    for number in range(came + missed):
        at = NOW - timedelta(days=20) + number * timedelta(hours=12)
        forecast(city, at=at, now_cm=650, ahead_cm=720)
        reading(city, 705 if number < came else 680, at=at + 2 * HOUR)


def measure(city: City) -> None:
    with city.database.transaction() as conn:
        thresholds.measure_precision(conn, now=NOW)


def warn(city: City, *, at: datetime = NOW) -> int:
    with city.database.transaction() as conn:
        return thresholds.warn_ahead(conn, now=at)


def parts(city: City) -> list[dict[str, Any]]:
    return [row["part"] for row in city.run("SELECT part FROM threshold_alert ORDER BY raised_at")]


def test_who_chose_a_level_is_warned_ahead_once_in_words_that_state_what_the_forecast_is_worth(city: City) -> None:
    city.subscribe("a@example.org", areas=(), gauges=("g1",), language="en", thresholds=(OWN,))
    past(city, came=5, missed=1)
    measure(city)
    forecast(city, at=NOW, now_cm=640, ahead_cm=715, hours=2.5)
    assert warn(city) == 1
    assert warn(city) == 0
    [part] = parts(city)
    assert (part["urgency"], part["certainty"], part["severity"]) == ("Future", "Likely", "Minor")
    assert part["headline"].startswith("Forecast: g1 reaches 700 cm at about")
    assert "Of 6 such forecasts in the last 60 days, the water came 5 times." in part["text"]
    city.plan()
    assert city.send() == 1
    [mail] = city.sinks.mailbox.mails
    assert "695 to 735 cm are expected" in str(mail)


def test_what_comes_within_the_hour_is_expected(city: City) -> None:
    city.subscribe("a@example.org", areas=(), gauges=("g1",), thresholds=(OWN,))
    past(city, came=6, missed=0)
    measure(city)
    forecast(city, at=NOW, now_cm=690, ahead_cm=705, hours=1.0)
    assert warn(city) == 1
    assert [part["urgency"] for part in parts(city)] == ["Expected"]


@pytest.mark.parametrize(("came", "missed"), [(0, 0), (4, 0), (3, 3)])
def test_without_a_published_precision_that_is_high_enough_nobody_is_warned(city: City, came: int, missed: int) -> None:
    city.subscribe("a@example.org", areas=(), gauges=("g1",), thresholds=(OWN,))
    past(city, came=came, missed=missed)
    measure(city)
    forecast(city, at=NOW, now_cm=640, ahead_cm=715)
    assert warn(city) == 0
    rows = city.run("SELECT episodes, came FROM forecast_precision WHERE level_cm = 700 AND lead_minutes = 180")
    assert rows == [{"episodes": came + missed, "came": came}]


def test_the_own_lead_time_and_the_age_of_the_forecast_count(city: City) -> None:
    city.subscribe("a@example.org", areas=(), gauges=("g1",), thresholds=(OWN,))
    past(city, came=6, missed=0)
    measure(city)
    forecast(city, at=NOW, now_cm=640, ahead_cm=715, hours=3.5)
    assert warn(city) == 0, "later than three hours"
    forecast(city, at=NOW + HOUR, now_cm=640, ahead_cm=715, hours=2.5)
    assert warn(city, at=NOW + HOUR + timedelta(minutes=31)) == 0, "an old forecast"
    assert warn(city, at=NOW + HOUR) == 1


def test_who_has_the_level_already_or_was_not_confirmed_or_sleeps_is_not_warned(city: City) -> None:
    past(city, came=6, missed=0)
    begins, ends = (NOW - HOUR).time(), (NOW + HOUR).time()  # the city of this test lives by UTC
    city.subscribe("a@example.org", areas=(), gauges=("g1",), thresholds=(OWN,), quiet_from=begins, quiet_to=ends)
    low = Threshold("g1", 600.0, 180)
    pending = city.subscribe("b@example.org", areas=(), gauges=("g1",), thresholds=(OWN,))
    city.subscribe("c@example.org", areas=(), gauges=("g1",), thresholds=(low,))
    city.run("UPDATE subscription SET confirmed_at = NULL, expires_at = now() WHERE id = %s", pending.id)
    measure(city)
    forecast(city, at=NOW, now_cm=640, ahead_cm=715)
    assert warn(city) == 0


def test_an_outcome_that_nobody_measured_is_not_counted(city: City) -> None:
    city.subscribe("a@example.org", areas=(), gauges=("g1",), thresholds=(OWN,))
    forecast(city, at=NOW - timedelta(days=1), now_cm=650, ahead_cm=720)
    measure(city)
    [row] = city.run("SELECT episodes FROM forecast_precision WHERE level_cm = 700 AND lead_minutes = 180")
    assert row == {"episodes": 0}


# --- over HTTP ----------------------------------------------------------------------------------------------------


def test_the_precision_of_a_gauge_is_published(api: Api) -> None:
    with api.connection() as conn:
        made_at = datetime.fromisoformat("2026-11-20T08:00:00Z")
        run = Run(gauge_id="manggarai", made_at=made_at, seen_until=None, level_cm=600, used=(), unknown=(), reason="")
        forecasts.save_run(conn, run, [])
        thresholds.measure_precision(conn, now=made_at)
        conn.commit()
    with api.client() as client:
        found = client.get("/api/v1/gauges/manggarai/precision").json()
        assert client.get("/api/v1/gauges/nowhere/precision").status_code == 404
    assert {one["lead_minutes"] for one in found} == {60, 180, 360}
    assert all((one["episodes"], one["precision"], one["is_enough"]) == (0, None, False) for one in found)
