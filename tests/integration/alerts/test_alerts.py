"""Alerts on a real database: who is told what and when, once each, by channels over real sockets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.support.alert_city import NOW, City, later

from siaga_cloud.forecast import store as forecasts
from siaga_cloud.forecast.store import Run
from siaga_cloud.gauges.store import history as gauge_history
from siaga_core.rules.forecast import ForecastPoint

# --- what is decided -------------------------------------------------------------------------------------------

LINES = (
    "SELECT why, kind, text_id, certainty FROM area_alert_revision JOIN area_alert ON area_alert.id = alert_id"
    " WHERE area_id IS NOT NULL"
)


def test_a_forecast_arrival_warns_before_the_water_is_there_with_its_span(alert_city: City) -> None:
    requested = alert_city.subscribe("a@example.org")
    publish_forecast(alert_city, [760, 800, 870, 900], made_at=NOW)
    alert_city.gauge(4)
    alert_city.tick()
    shown = alert_city.shown()
    assert (shown["level"], shown["stage"], shown["coming_stage"]) == (1, 4, 2)
    assert later(60) < shown["arrives_at"] < later(90)
    assert shown["earliest_at"] < shown["arrives_at"] < shown["latest_at"]
    assert (shown["severity"], shown["urgency"], shown["certainty"]) == ("Moderate", "Future", "Likely")
    assert "Air diperkirakan naik ke Siaga 2 di g1 sekitar pukul 09.21 UTC (antara pukul 0" in shown["text_id"]
    assert "expected to reach Siaga 2 at g1 around 09:21 UTC (between 0" in shown["text_en"]
    # An hour later than was told: told again; then the water is there.
    publish_forecast(alert_city, [700, 720, 760, 800, 870, 900], made_at=later(40))
    alert_city.tick(at=later(41))
    alert_city.gauge(2, at=later(60))
    alert_city.tick(at=later(60))
    alert_city.tick(at=later(60))
    assert alert_city.kinds(requested) == ["raise", "update", "update"]
    assert alert_city.shown()["level"] == 2


def publish_forecast(alert_city: City, levels_cm: list[float], *, made_at: datetime) -> None:
    points = [
        ForecastPoint(at=made_at + timedelta(minutes=30 * n), level_cm=cm, low_cm=cm - 20, high_cm=cm + 20)
        for n, cm in enumerate([*levels_cm, levels_cm[-1]], start=1)
    ]
    run = Run(gauge_id="g1", made_at=made_at, seen_until=made_at, level_cm=700, used=("up",), unknown=(), reason="")
    with alert_city.database.transaction() as conn:
        forecasts.save_run(conn, run, points)


def test_a_published_stage_alarms_as_a_computed_one_and_the_worse_counts(alert_city: City) -> None:
    alert_city.gauge(3)
    with alert_city.database.transaction() as conn:
        gauge_history.publish(conn, "g1", stage=1, level_cm=None, source="BPBD DKI", at=NOW, now=NOW)
    alert_city.decide()
    assert alert_city.shown()["level"] == 3
    (line,) = alert_city.run(
        "SELECT evidence FROM area_alert_revision WHERE level = 3 AND evidence ->> 'flood_state' = '0' LIMIT 1"
    )
    gauge = line["evidence"]["gauges"][0]
    assert (gauge["computed_stage"], gauge["published_stage"], gauge["published_by"]) == (3, 1, "BPBD DKI")
    assert "g1: Siaga 1 menurut BPBD DKI." in alert_city.shown()["text_id"]
    assert "Sumber: pos pantau g1, pukul 08.00 UTC; BPBD DKI. Pukul 08.00 UTC." in alert_city.shown()["text_id"]


def test_what_an_authority_alone_published_was_measured_by_no_gauge(alert_city: City) -> None:
    with alert_city.database.transaction() as conn:
        gauge_history.publish(conn, "g1", stage=1, level_cm=None, source="BPBD DKI", at=NOW, now=NOW)
    alert_city.decide()
    shown = alert_city.shown()
    assert (shown["level"], shown["basis"]) == (3, [])
    assert "Sumber: BPBD DKI. Pukul 08.00 UTC." in shown["text_id"]


def test_a_gauge_warns_the_areas_on_its_list_and_else_its_own(alert_city: City) -> None:
    alert_city.run(
        "INSERT INTO area (id, name, level, parent_id) VALUES ('tebet', 'Tebet', 'kecamatan', 'jaksel'),"
        " ('bukit-duri', 'Bukit Duri', 'kelurahan', 'tebet'), ('kebon-baru', 'Kebon Baru', 'kelurahan', 'tebet')"
    )
    alert_city.gauge(2)
    alert_city.decide()
    assert alert_city.shown()["area_id"] == "manggarai"
    alert_city.run("INSERT INTO gauge_warns VALUES ('g1', 'tebet')")
    alert_city.decide(at=later(1))
    found = alert_city.run("SELECT area_id FROM area_alert WHERE area_id IS NOT NULL ORDER BY 1")
    assert [row["area_id"] for row in found] == ["bukit-duri", "kebon-baru", "manggarai"], (
        "a kecamatan is all of its own"
    )
    alert_city.decide(at=later(62))
    over = alert_city.run("SELECT area_id FROM area_alert WHERE area_id IS NOT NULL AND ended_at IS NOT NULL")
    assert [row["area_id"] for row in over] == ["manggarai"], "which it warns no more"


def test_a_gauge_that_falls_silent_holds_its_alert_and_the_end_states_why(alert_city: City) -> None:
    requested = alert_city.subscribe("a@example.org")
    alert_city.gauge(1)
    alert_city.tick()
    alert_city.gauge(1, is_lost=True)
    alert_city.tick(at=later(1))
    assert alert_city.kinds(requested) == ["raise"], "people are notified once it lasts, CAP has it at once"
    (line,) = alert_city.run(f"{LINES} ORDER BY area_alert_revision.revision DESC LIMIT 1")
    assert (line["why"], line["certainty"]) == ("unknown", "Unknown")
    assert "tidak diketahui sejak pukul 08.00 UTC; waktu itu Siaga 1, 800 cm" in line["text_id"]
    for minutes in (5, 7, 60, 120, 180, 240, 300, 360):
        alert_city.tick(at=later(minutes))
    assert alert_city.kinds(requested) == ["raise", "update"]
    for minutes in (420, 480, 490):
        alert_city.tick(at=later(minutes))
    assert alert_city.kinds(requested) == ["raise", "update", "update"]
    (line,) = alert_city.run(f"{LINES} ORDER BY area_alert_revision.revision DESC LIMIT 1")
    assert (line["why"], line["kind"], line["certainty"]) == ("lapsed", "update", "Unknown")
    assert "Ini bukan tanda aman" in line["text_id"]
    assert "AMAN" not in line["text_id"]
    assert alert_city.run("SELECT FROM area_alert WHERE ended_at IS NULL") == []


def test_the_ledger_cannot_be_rewritten(alert_city: City) -> None:
    alert_city.gauge(1)
    alert_city.decide()
    with pytest.raises(Exception, match="append-only"):
        alert_city.run("UPDATE area_alert_revision SET level = 1")
