"""Pumps and gates over HTTP and from files: honest age, manual entries with their line in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shapely import Point
from tests.support.http_api import Api

from siaga_cloud.assets.files import read_assets, read_states
from siaga_cloud.assets.service import importing
from siaga_cloud.city.service import layers
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.layer_style import LayerStyle
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.platform.import_errors import ImportFileError

pytestmark = pytest.mark.usefixtures("api")


def test_an_asset_that_nobody_reported_is_unknown_and_never_works(api: Api) -> None:
    with api.client() as client:
        listed = client.get("/api/v1/assets").json()
        [gate] = [one for one in listed if one["id"] == "pintu-karet"]
    assert (gate["state"], gate["measured_at"], gate["age_seconds"], gate["last"]) == ("unknown", None, None, None)
    assert gate["gauge_id"] == "karet"
    assert [one["kind"] for one in listed] == ["pump"] + ["gate"] * 7


def test_what_an_officer_records_is_shown_with_its_age_and_written_into_the_audit_log(api: Api) -> None:
    seen_at = datetime.now(UTC) - timedelta(minutes=10)
    body = {"state": "open", "measured_at": seen_at.isoformat(), "capacity_share": 0.5, "note": "half open"}
    with api.client("petugas.sda") as client:
        answer = client.post("/api/v1/assets/pintu-manggarai/states", json=body)
        assert answer.status_code == 201, answer.text
        shown = client.get("/api/v1/assets/pintu-manggarai").json()
        history = client.get("/api/v1/assets/pintu-manggarai/states").json()
    assert (shown["state"], shown["capacity_share"]) == ("open", 0.5)
    assert 590 <= shown["age_seconds"] <= 700
    assert [(one["state"], one["origin"]) for one in history] == [("open", "person")]
    with api.connection() as conn:
        line = conn.execute(
            "SELECT actor, why FROM audit WHERE action = 'record_asset_state' AND object_id = 'pintu-manggarai'"
        ).fetchone()
    assert line == {"actor": "petugas.sda", "why": "half open"}


def test_a_state_that_is_too_old_is_history(api: Api) -> None:
    seen_at = datetime.now(UTC) - timedelta(hours=7)  # the city's file says six hours
    with api.client("operator.balaikota") as client:
        body = {"state": "closed", "measured_at": seen_at.isoformat(), "level_difference_cm": 40}
        shown = client.post("/api/v1/assets/pintu-hek/states", json=body).json()
    assert (shown["state"], shown["level_difference_cm"]) == ("unknown", None)
    assert (shown["last"]["state"], shown["last"]["level_difference_cm"]) == ("closed", 40)


@pytest.mark.parametrize(
    ("asset", "body", "status", "code"),
    [
        ("pintu-hek", {"state": "running"}, 422, "asset_state_wrong"),
        ("pintu-hek", {"state": "open", "measured_at": "2099-01-01T00:00:00Z"}, 422, "time_in_future"),
        ("nowhere", {"state": "open"}, 404, "asset_not_found"),
    ],
)
def test_what_cannot_be_is_refused(api: Api, asset: str, body: dict[str, str], status: int, code: str) -> None:
    with api.client("operator.balaikota") as client:
        answer = client.post(f"/api/v1/assets/{asset}/states", json=body)
    found = answer.json()
    reason = found["errors"][0] if "errors" in found else found
    assert (answer.status_code, reason["code"]) == (status, code)


def test_citizens_record_nothing(api: Api) -> None:
    with api.client() as client:
        assert client.post("/api/v1/assets/pintu-hek/states", json={"state": "open"}).status_code == 401
        assert client.get("/api/v1/assets/nowhere").status_code == 404
        assert client.get("/api/v1/assets/nowhere/states").status_code == 404


# --- files --------------------------------------------------------------------------------------------------------


def test_states_come_from_a_file_once_each(api: Api, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    file = tmp_path / "states.csv"
    at = (now - timedelta(minutes=3)).isoformat()
    file.write_text(f"asset,measured_at,state,power_kw\npompa-kali-duri,{at},running,120\n", encoding="utf-8")
    with api.connection() as conn:
        assert importing.import_states(conn, read_states(file), file=file.name, now=now) == 1
        assert importing.import_states(conn, read_states(file), file=file.name, now=now) == 0
        conn.commit()
    with api.client() as client:
        shown = client.get("/api/v1/assets/pompa-kali-duri").json()
    assert (shown["state"], shown["power_kw"], shown["last"]["origin"]) == ("running", 120, "file")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("id,kind,name,lat,lon\np1,pump,P,-6,106\np1,pump,P,-6,106\n", "given twice"),
        ("id,kind,name,lat,lon\np1,valve,P,-6,106\n", "line 2: kind"),
        ("id,kind,name,lat,lon,works_from_cm\np1,pump,P,-6,106,90\n", "works_from_cm together with the gauge"),
        ("id,kind,name,lat,lon,works_as\np1,pump,P,-6,106,open\n", "works_as of a pump"),
        ("id,kind,name,lat,lon,gauge,works_from_cm\ng1,gate,G,-6,106,karet,90\n", "works_from_cm of a gate"),
        ("id,kind,name,lat,lon\np1,pump,P,-6,106,more\n", "more fields"),
        ("id,kind,name,lat,lon\n", "got no lines"),
    ],
)
def test_a_wrong_file_of_assets_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "assets.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ImportFileError, match=complaint):
        read_assets(file)


def test_a_gauge_that_is_not_there_is_named(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "assets.csv"
    file.write_text("id,kind,name,lat,lon,gauge\np1,pump,P,-6,106,nowhere\n", encoding="utf-8")
    with api.connection() as conn, pytest.raises(InvalidError, match="asset \"p1\" gauge: got 'nowhere'"):
        importing.import_assets(conn, read_assets(file), origin="f", now=datetime.now(UTC))


def test_points_of_a_layer_become_assets_whose_duty_survives_another_import(api: Api) -> None:
    now = datetime.now(UTC)
    summary = layers.LayerSummary(
        id="rumah-pompa", title_id="Rumah pompa", title_en="Pumping stations", attribution="test", licence="CC0-1.0",
        style=LayerStyle(),
    )  # fmt: skip
    points = [((106.80, -6.11), "Pompa Pluit"), ((106.81, -6.12), "Pompa Pluit")]
    drawn = [layers.ParsedFeature(shape=Point(*at), properties={"name": name}) for at, name in points]
    with api.connection() as conn:
        layers.put(conn, summary, drawn, lookup=AreaLookup(), now=now)
        assert importing.import_layer(conn, "rumah-pompa", "pump", now=now) == 2
        conn.execute("UPDATE asset SET works_from_cm = 50, gauge_id = 'karet' WHERE id = 'pompa-pluit'")
        assert importing.import_layer(conn, "rumah-pompa", "pump", now=now) == 2
        rows = conn.execute(
            "SELECT id, kind, works_from_cm, origin FROM asset WHERE origin LIKE 'layer:%' ORDER BY id"
        ).fetchall()
        conn.rollback()
    assert rows == [
        {"id": "pompa-pluit", "kind": "pump", "works_from_cm": 50, "origin": "layer:rumah-pompa"},
        {"id": "pompa-pluit-2", "kind": "pump", "works_from_cm": None, "origin": "layer:rumah-pompa"},
    ]
