"""Rain on a real database: each reading once, and on a grid nothing that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from tests.support.cloud_core import NOW

from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.rain.service import retention
from siaga_cloud.rain.store import gauges, readings
from siaga_cloud.rain.store.gauges import RainGaugeRow
from siaga_cloud.rain.store.readings import RainReading

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        rows = [RainGaugeRow(id=name, name=f"Pos {name}", lat=-6.6, lon=106.8) for name in ("hujan-1", "hujan-2")]
        gauges.replace_gauges(connection, rows, origin="rain-gauges.csv", now=NOW)
        connection.commit()
        yield connection


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def rain(mm: float, *, minutes_ago: float, minutes: int = 10, gauge: str = "hujan-1") -> RainReading:
    return RainReading(rain_gauge_id=gauge, ends_at=ago(minutes_ago), minutes=minutes, mm=mm)


def on_grid(conn: Connection, *ids: str, minutes: int = 60) -> dict[str, list[float | None]]:
    return readings.grid(conn, ids, since=ago(minutes), until=NOW, step=TEN_MINUTES)


def test_a_grid_has_the_rain_of_each_step_and_nothing_where_nothing_is_known(conn: Connection) -> None:
    rows = [rain(2.4, minutes_ago=0), rain(0, minutes_ago=10), rain(1.2, minutes_ago=40)]
    assert readings.upsert_readings(conn, [*rows, rain(9, minutes_ago=60)], now=NOW) == 4
    found = on_grid(conn, "hujan-1", "hujan-2", "nowhere")
    assert found["hujan-1"] == [None, pytest.approx(1.2), None, None, 0, pytest.approx(2.4)]
    assert found["hujan-2"] == found["nowhere"] == [None] * 6


def test_rain_of_a_day_is_divided_over_the_steps_that_it_covers(conn: Connection) -> None:
    readings.upsert_readings(conn, [rain(144, minutes_ago=-1200, minutes=1440)], now=NOW)
    assert on_grid(conn, "hujan-1") == {"hujan-1": [pytest.approx(1)] * 6}
    assert on_grid(conn, "hujan-1", minutes=260)["hujan-1"][:3] == [None, None, pytest.approx(1)]


def test_rain_that_began_before_the_grid_counts_from_its_begin(conn: Connection) -> None:
    readings.upsert_readings(conn, [rain(12, minutes_ago=30, minutes=60)], now=NOW)
    assert on_grid(conn, "hujan-1")["hujan-1"] == [*[pytest.approx(2)] * 3, None, None, None]


def test_the_spans_state_how_much_of_each_is_known(conn: Connection) -> None:
    readings.upsert_readings(conn, [rain(3, minutes_ago=15)], now=NOW)
    [one] = readings.spans(conn, ["hujan-1"], since=ago(60), step=timedelta(hours=1), count=1)["hujan-1"]
    assert one.mm == pytest.approx(3)
    assert one.known_minutes == 10
    assert on_grid(conn, "hujan-1")["hujan-1"][3:5] == [pytest.approx(1.5), pytest.approx(1.5)]


def test_a_span_that_is_no_whole_number_of_steps_is_refused(conn: Connection) -> None:
    for since, step in ((ago(65), TEN_MINUTES), (ago(-10), TEN_MINUTES), (ago(60), timedelta(0))):
        with pytest.raises(ValueError, match="expected a whole number of steps"):
            readings.grid(conn, ["hujan-1"], since=since, until=NOW, step=step)
    assert readings.grid(conn, ["hujan-1"], since=NOW, until=NOW, step=TEN_MINUTES) == {"hujan-1": []}


def test_a_reading_is_stored_once_and_a_correction_replaces_it(conn: Connection) -> None:
    assert readings.upsert_readings(conn, [rain(2, minutes_ago=0)], now=NOW) == 1
    assert readings.upsert_readings(conn, [rain(2, minutes_ago=0)], now=NOW) == 0
    assert readings.upsert_readings(conn, [rain(3.3, minutes_ago=0)], now=NOW) == 1
    [one] = readings.list_readings(conn, ["hujan-1"], since=ago(10), until=NOW)
    assert (one.mm, one.minutes, one.ends_at) == (3.3, 10, NOW)


@pytest.mark.parametrize(("mm", "minutes"), [(-0.1, 10), (1001, 1440), (float("nan"), 10), (1, 0), (1, 1441)])
def test_what_cannot_be_rain_is_never_stored(conn: Connection, mm: float, minutes: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        readings.upsert_readings(conn, [rain(mm, minutes_ago=0, minutes=minutes)], now=NOW)


def test_rain_goes_with_its_gauge(conn: Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), conn.transaction():
        readings.upsert_readings(conn, [rain(1, minutes_ago=0, gauge="nowhere")], now=NOW)
    readings.upsert_readings(conn, [rain(1, minutes_ago=0), rain(1, minutes_ago=0, gauge="hujan-2")], now=NOW)
    one = RainGaugeRow(id="hujan-2", name="Hujan dua", lat=-6.5, lon=106.8)
    gauges.replace_gauges(conn, [one], origin="rain-gauges.csv", now=NOW)
    assert gauges.list_gauges(conn) == [one]
    assert [
        item.rain_gauge_id for item in readings.list_readings(conn, ["hujan-1", "hujan-2"], since=ago(9), until=NOW)
    ] == ["hujan-2"]


def test_rain_is_forgotten_after_four_hundred_days(conn: Connection) -> None:
    day = 24 * 60
    old, young = rain(1, minutes_ago=400 * day + 1), rain(1, minutes_ago=400 * day - 1)
    readings.upsert_readings(conn, [old, young], now=NOW)
    retention.forget(conn, now=NOW)
    assert readings.list_readings(conn, ["hujan-1"], since=ago(401 * day), until=NOW) == [young]


@pytest.mark.parametrize("role", ["siaga_feeds", "siaga_api", "siaga_worker", "siaga_readonly", "siaga_publish"])
def test_each_program_may_do_what_it_has_to(conn: Connection, role: str) -> None:
    conn.execute(f"SET ROLE {role}".encode())
    assert len(gauges.list_gauges(conn)) == 2
    if role in ("siaga_feeds", "siaga_worker"):
        assert readings.upsert_readings(conn, [rain(1, minutes_ago=0)], now=NOW) == 1
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            readings.upsert_readings(conn, [rain(1, minutes_ago=0)], now=NOW)
