"""Cameras, gauges and boxes that administrators make, change and retire over the API."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.support.admin.city import CAMERA, NODE, make_fleet, node_answers
from tests.support.cloud_core import cloud_environment
from tests.support.http_api import Api

from siaga_cloud.dead_letters.jobs import AdminJobs
from siaga_cloud.fleet.service.commands import wanted_body
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.settings import load
from siaga_core.wire.messages import ConfigState
from siaga_sim.stack.broker import Broker

SITE_REGISTRY = "/api/v1/admin/sites"
HERE = {"lat": -6.2079, "lon": 106.8484}  # in Manggarai
STREAM = "rtsp://viewer:rahasia-sekali@10.0.0.9/live"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def jobs(api: Api, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminJobs]:
    """A city with a key and a box; the worker's jobs, run by hand."""
    folder = make_fleet(api, tmp_path_factory.mktemp("city") / "fleet", now=now()).folder
    environment = cloud_environment(api.database_url, broker, api.media_dir, SIAGA_FLEET_DIR=str(folder))
    with Database(api.database_url, name="siaga-jobs") as database:
        yield AdminJobs(database, load(environment))


@pytest.fixture
def admin(api: Api, jobs: AdminJobs) -> Iterator[httpx.Client]:
    with api.client("admin") as client:
        yield client


def message(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if status != 204 else None


def last_line(admin: httpx.Client) -> dict[str, Any]:
    return dict(message(admin.get("/api/v1/admin/audit", params={"sort": "-id", "limit": 1}))[0])


def wanted(api: Api) -> dict[str, Any]:
    with api.connection() as conn:
        return tomllib.loads(wanted_body(conn, NODE))


def test_a_camera_is_created_and_shown_and_its_node_is_notified(api: Api, admin: httpx.Client, jobs: AdminJobs) -> None:
    form = {"name": "Pasar Rumput", "name_en": "Rumput market", "node_id": NODE, **HERE, "url": STREAM}
    put = admin.put(f"{SITE_REGISTRY}/cameras/cam-pasar", json=form, headers={"If-Match": "new"})
    made = message(put)
    assert (made["area_name"], made["rollout"]["state"], made["rollout"]["has_url"]) == ("Manggarai", "waiting", True)
    assert message(admin.put(f"{SITE_REGISTRY}/cameras/cam-pasar", json=form, headers={"If-Match": "new"}), 412)
    jobs.send_sites(NODE)
    assert {"id": "cam-pasar", "place": HERE, "url": STREAM} in wanted(api)["camera_site"]
    with api.connection() as conn:
        version = conn.execute("SELECT max(config_version) AS n FROM site_config").fetchone()
        assert version is not None
        node_answers(conn, version["n"], ConfigState.GOOD, running=version["n"], now=now())
    assert message(admin.get(f"{SITE_REGISTRY}/cameras/cam-pasar"))["rollout"]["state"] == "applied"
    with api.client() as citizen:
        [shown] = [one for one in message(citizen.get("/api/v1/cameras")) if one["id"] == "cam-pasar"]
    assert (shown["name"], shown["name_en"]) == ("Pasar Rumput", "Rumput market")
    line = last_line(admin)
    assert (line["action"], line["object_id"], line["details"]["stream"]) == ("save_camera", "cam-pasar", "given")
    # The address, with its password, is nowhere to be read again, nor can the API's role read it.
    assert "rahasia" not in put.text + admin.get(f"{SITE_REGISTRY}/cameras").text + json.dumps(line)
    with api.connection() as conn:
        row = conn.execute(
            "SELECT has_column_privilege('siaga_api', 'site_config', 'url', 'SELECT') AS may_read"
        ).fetchone()
    assert row == {"may_read": False}


def test_moving_a_camera_retains_its_address_and_another_node_ends_the_first_ones(
    api: Api, admin: httpx.Client, jobs: AdminJobs
) -> None:
    message(admin.put(f"{SITE_REGISTRY}/nodes/kotak-baru", json={"name": "Kotak baru", **HERE}))
    moved = {"name": "Pasar Rumput", "node_id": NODE, "lat": -6.2081, "lon": 106.8484}
    message(admin.put(f"{SITE_REGISTRY}/cameras/cam-pasar", json=moved))
    jobs.send_sites(NODE)
    [reported] = [one for one in wanted(api)["camera_site"] if one["id"] == "cam-pasar"]
    assert (reported["place"]["lat"], reported["url"]) == (-6.2081, STREAM)
    message(admin.put(f"{SITE_REGISTRY}/cameras/cam-pasar", json={**moved, "node_id": "kotak-baru"}))
    jobs.send_sites(NODE)
    assert {"id": "cam-pasar", "off": True} in wanted(api)["camera_site"]
    assert last_line(admin)["details"] == {"node_id": [NODE, "kotak-baru"]}


def test_the_permission_of_a_camera_is_recorded_remains_and_is_not_published(api: Api, admin: httpx.Client) -> None:
    address = f"{SITE_REGISTRY}/cameras/cam-izin"
    form = {"name": "Pasar Manggis", **HERE}
    assert message(admin.put(address, json=form, headers={"If-Match": "new"}))["permission"] == ""
    assert message(admin.put(address, json={**form, "permission": " Surat 12/2026 "}))["permission"] == "Surat 12/2026"
    assert last_line(admin)["details"]["permission"] == ["", "Surat 12/2026"]
    assert message(admin.put(address, json=form))["permission"] == "Surat 12/2026"
    with api.client() as citizen:
        assert "12/2026" not in citizen.get("/api/v1/cameras").text
    assert message(admin.put(address, json={**form, "permission": ""}))["permission"] == ""


def test_a_gauges_limits_go_to_its_node_and_to_the_record(api: Api, admin: httpx.Client, jobs: AdminJobs) -> None:
    before = message(admin.get(f"{SITE_REGISTRY}/gauges/manggarai"))
    update = {key: before[key] for key in before if key not in UNWISHED}
    changed = message(
        admin.put(
            f"{SITE_REGISTRY}/gauges/manggarai",
            json={**update, "node_id": NODE, "s3_cm": 760, "s2_cm": 860, "s1_cm": 960},
            headers={"If-Match": before["version"]},
        )
    )
    assert (changed["s3_cm"], changed["rollout"]["state"]) == (760, "waiting")
    jobs.send_sites(NODE)
    [reported] = wanted(api)["gauge_site"]
    assert reported["limits"] == {"s3_cm": 760, "s2_cm": 860, "s1_cm": 960}
    assert last_line(admin)["details"]["s3_cm"] == [750, 760]
    message(admin.put(f"{SITE_REGISTRY}/gauges/manggarai", json=update, headers={"If-Match": before["version"]}), 412)


def test_a_gauges_datum_and_warned_areas_are_set_and_remain_where_an_update_leaves_them_out(
    api: Api, admin: httpx.Client
) -> None:
    before = message(admin.get(f"{SITE_REGISTRY}/gauges/karet"))
    update = {key: before[key] for key in before if key not in UNWISHED}
    more = {"datum_cm": 12.5, "warns": ["31.74.01.bukit-duri", "31.74.01"]}
    head = {"If-Match": before["version"]}
    changed = message(admin.put(f"{SITE_REGISTRY}/gauges/karet", json={**update, **more}, headers=head))
    assert (changed["datum_cm"], changed["warns"]) == (12.5, ["31.74.01", "31.74.01.bukit-duri"])
    assert changed["warned_names"] == ["Tebet", "Bukit Duri"]
    assert last_line(admin)["details"]["warns"] == [before["warns"], ["31.74.01", "31.74.01.bukit-duri"]]
    rest = {key: value for key, value in update.items() if key not in more}
    head = {"If-Match": changed["version"]}
    stored = message(admin.put(f"{SITE_REGISTRY}/gauges/karet", json={**rest, "river": "Kanal"}, headers=head))
    assert (stored["river"], stored["datum_cm"], stored["warns"]) == ("Kanal", 12.5, changed["warns"])
    with api.connection() as conn:
        rows = conn.execute("SELECT area_id FROM gauge_warns WHERE gauge_id = 'karet' ORDER BY area_id").fetchall()
    assert [row["area_id"] for row in rows] == stored["warns"]


UNWISHED = {"id", "area_id", "area_name", "retired_at", "rollout", "version", "warned_names"}
GAUGE = {"name": "Duga baru", **HERE}


@pytest.mark.parametrize(
    ("kind", "update", "where", "code"),
    [
        pytest.param("gauges", {**GAUGE, "s3_cm": 500, "s2_cm": 400}, "s2_cm", "limits_not_ascending", id="falls"),
        pytest.param(
            "gauges", {**GAUGE, "s3_cm": 5, "s2_cm": 7, "s1_cm": 6}, "s1_cm", "limits_not_ascending", id="top"
        ),
        pytest.param("gauges", {**GAUGE, "s2_cm": 400}, "s3_cm", "stage_3_limit_required", id="no first limit"),
        pytest.param("gauges", {**GAUGE, "downstream_id": "nowhere"}, "downstream_id", "gauge_unknown", id="unknown"),
        pytest.param("gauges", {**GAUGE, "downstream_id": "duga-baru"}, "downstream_id", "circular_river", id="ring"),
        pytest.param("gauges", {**GAUGE, "warns": ["nowhere"]}, "warns", "area_unknown", id="warns nobody"),
        pytest.param("gauges", {**GAUGE, "node_id": "no-box"}, "node_id", "node_unknown", id="no box"),
        pytest.param("cameras", {**GAUGE, "url": "rtsp://x/y"}, "url", "url_without_node", id="no box for it"),
        pytest.param(
            "cameras", {**GAUGE, "node_id": NODE, "url": "/etc/passwd"}, "url", "invalid_stream_url", id="a path"
        ),
        pytest.param(
            "cameras", {**GAUGE, "node_id": NODE, "url": "rtsp://a b/c"}, "url", "invalid_stream_url", id="a space"
        ),
        pytest.param("cameras", {**GAUGE, "lat": 91}, "lat", "less_than_equal", id="off the earth"),
        pytest.param("cameras", {**GAUGE, "name": "  "}, "name", "string_too_short", id="no name"),
        pytest.param("nodes", {"name": "x", "lat": 1}, "lat", "incomplete_coordinates", id="half a place"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_by_code(
    admin: httpx.Client, kind: str, update: dict[str, Any], where: str, code: str
) -> None:
    [error] = message(admin.put(f"{SITE_REGISTRY}/{kind}/duga-baru", json=update), 422)["errors"]
    assert (error["where"], error["code"]) == (f"body.{where}", code)


def test_a_retired_camera_disappears_and_comes_back(api: Api, admin: httpx.Client, jobs: AdminJobs) -> None:
    message(admin.post(f"{SITE_REGISTRY}/camera/{CAMERA}/retire", json={"retired": True, "reason": "tiang roboh"}), 204)
    line = last_line(admin)
    assert (line["action"], line["why"]) == ("retire_camera", "tiang roboh")
    with api.client() as citizen:
        assert CAMERA not in [one["id"] for one in message(citizen.get("/api/v1/cameras"))]
    with api.connection() as conn:
        assert conn.execute("SELECT FROM camera_masked WHERE camera_id = %s", (CAMERA,)).fetchone() is not None
    jobs.send_sites(NODE)
    assert {"id": CAMERA, "off": True} in wanted(api)["camera_site"]
    again = {"retired": True, "reason": "dua kali"}
    assert message(admin.post(f"{SITE_REGISTRY}/camera/{CAMERA}/retire", json=again), 409)["code"] == "already_retired"
    message(admin.post(f"{SITE_REGISTRY}/camera/{CAMERA}/retire", json={"retired": False, "reason": "tiang baru"}), 204)
    with api.client() as citizen:
        assert CAMERA in [one["id"] for one in message(citizen.get("/api/v1/cameras"))]


def test_a_node_that_devices_depend_on_and_a_gauge_that_warns_are_not_retired(api: Api, admin: httpx.Client) -> None:
    update = {"retired": True, "reason": "diganti"}
    answer = message(admin.post(f"{SITE_REGISTRY}/node/{NODE}/retire", json=update), 409)
    assert (answer["code"], answer["params"]["n"] > 0) == ("node_in_use", True)
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, quality, stage)"
            " VALUES ('depok', 'node-a', now(), now(), 'good', 2)"
            " ON CONFLICT (gauge_id) DO UPDATE SET stage = 2"
        )
        conn.commit()
    assert message(admin.post(f"{SITE_REGISTRY}/gauge/depok/retire", json=update), 409)["code"] == "gauge_alarm_active"
    with api.connection() as conn:
        conn.execute("UPDATE gauge_latest SET stage = 4 WHERE gauge_id = 'depok'")
        conn.commit()
    message(admin.post(f"{SITE_REGISTRY}/gauge/depok/retire", json=update), 204)
    assert message(admin.get(f"{SITE_REGISTRY}/gauges/depok"))["retired_at"] is not None
    with api.client() as citizen:
        assert message(citizen.get("/api/v1/gauges/depok"), 404)


def test_only_administrators_may(api: Api) -> None:
    with api.client("operator.balaikota") as operator:
        message(operator.put(f"{SITE_REGISTRY}/nodes/kotak-lain", json={"name": "x"}), 403)
