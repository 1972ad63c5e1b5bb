"""What administrators do over the API: drawings, enrolment, dead letters, agencies, policy, accounts, the audit."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.admin.city import CAMERA, NODE, bury, make_fleet, node_answers
from tests.support.cloud_core import cloud_environment
from tests.support.http_api import Api

from siaga_cloud.dead_letters.jobs import AdminJobs
from siaga_cloud.fleet import keys
from siaga_cloud.fleet.service import commands
from siaga_cloud.fleet.store import commands as fleet_db
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.http.limits import MAX_BODY_BYTES
from siaga_cloud.settings import load
from siaga_core.wire.messages import ConfigState
from siaga_sim.stack.broker import Broker

SQUARE = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.95], [0.1, 0.95]]
DRAWN: dict[str, Any] = {
    "zones": [{"id": "jalan", "kind": "road", "polygon": SQUARE, "flooded_share": 0.3}],
    "masks": [SQUARE[:3]],
}
DRAWING = f"/api/v1/admin/cameras/{CAMERA}/drawing"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def fleet_folder(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fleet(api, tmp_path_factory.mktemp("city") / "fleet", now=now()).folder


@pytest.fixture(scope="module")
def jobs(api: Api, fleet_folder: Path, broker: Broker) -> Iterator[AdminJobs]:
    """The worker's jobs, run by hand."""
    environment = cloud_environment(api.database_url, broker, api.media_dir, SIAGA_FLEET_DIR=str(fleet_folder))
    with Database(api.database_url, name="siaga-jobs") as database:
        yield AdminJobs(database, load(environment))


@pytest.fixture
def admin(api: Api, fleet_folder: Path) -> Iterator[httpx.Client]:
    with api.client("admin") as client:
        yield client


def message(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def field(answer: httpx.Response) -> tuple[str, str]:
    """Which field a refusal names, and why."""
    [error] = message(answer, 422)["errors"]
    return error["where"], error["expected"]


def newest_line(admin: httpx.Client, **wanted: str) -> dict[str, Any]:
    lines = message(admin.get("/api/v1/admin/audit", params={**wanted, "sort": "-id", "limit": 1}))
    return dict(lines[0])


# --- only administrators -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/admin/drawings"), ("GET", DRAWING), ("PUT", DRAWING), ("GET", "/api/v1/admin/nodes"),
        ("POST", "/api/v1/admin/nodes/node-x/enrolment"), ("DELETE", "/api/v1/admin/nodes/node-x/enrolment"),
        ("GET", "/api/v1/admin/dead-letters"), ("GET", "/api/v1/admin/dead-letters/1"), ("POST",
        "/api/v1/admin/dead-letters/replay"),
        ("GET", "/api/v1/admin/agencies"), ("PUT", "/api/v1/admin/agencies/dinas-x"), ("DELETE",
        "/api/v1/admin/agencies/dinas-x"),
        ("GET", "/api/v1/policy/draft"), ("PUT", "/api/v1/policy"), ("POST", "/api/v1/policy/preview"),
    ],
)  # fmt: skip
def test_nobody_else_may(api: Api, method: str, path: str) -> None:
    for user, status in (("operator.balaikota", 403), ("gubernur", 403), (None, 401)):
        with api.client(user) as client:
            answer = client.request(method, path, json={})
            assert answer.status_code == status, (user, answer.text)


# --- drawings ----------------------------------------------------------------------------------------------------


def test_a_drawing_reaches_the_wanted_config_and_the_boxs_answer_is_shown(
    api: Api, admin: httpx.Client, jobs: AdminJobs
) -> None:
    blank = message(admin.get(DRAWING))
    assert (blank["version"], blank["state"], blank["node_id"]) == ("0", "none", NODE)
    drawn = message(admin.put(DRAWING, json=DRAWN, headers={"If-Match": '"0"'}))
    assert (drawn["version"], drawn["state"]) == ("1", "waiting")
    assert message(admin.put(DRAWING, json=DRAWN, headers={"If-Match": '"0"'}), 412)["version"] == "1"
    jobs.send_drawing(CAMERA)
    version = message(admin.get(DRAWING))["config_version"]
    assert message(admin.get(DRAWING))["state"] == "sent"
    with api.connection() as conn:
        [wanted] = fleet_db.wanted(conn, NODE)
        assert (wanted.version, tomllib.loads(wanted.body)["drawing"][0]["camera"]) == (version, CAMERA)
        assert tomllib.loads(wanted.body)["drawing"][0]["zone"][0]["polygon"] == SQUARE
        node_answers(conn, version, ConfigState.TRIAL, running=version, now=now())
        jobs.follow_drawings()
        assert message(admin.get(DRAWING))["state"] == "trial"
        node_answers(conn, version, ConfigState.GOOD, running=version, now=now())
    jobs.follow_drawings()
    assert message(admin.get(DRAWING))["state"] == "applied"
    with api.connection() as conn:
        row = conn.execute("SELECT id, kind, polygon FROM camera_zone WHERE camera_id = %s", (CAMERA,)).fetchall()
    assert row == [{"id": "jalan", "kind": "road", "polygon": SQUARE}]
    line = newest_line(admin, action="draw_zones")
    assert (line["actor"], line["object_id"], line["details"]["zones"]) == ("admin", CAMERA, ["jalan"])


def outline(*, points: int) -> list[list[float]]:
    """A round one, in as many digits as a program may write."""
    turns = [2 * math.pi * number / points for number in range(points)]
    return [[0.5 + math.cos(turn) / math.e, 0.5 + math.sin(turn) / math.e] for turn in turns]


def test_the_largest_drawing_that_is_allowed_is_accepted_and_sent(admin: httpx.Client, jobs: AdminJobs) -> None:
    hours = [{"from": f"{hour:02}:00", "to": f"{hour:02}:30"} for hour in range(8)]
    zones = [
        {"id": f"z{number:02}-{'x' * 44}", "kind": "no_stopping", "polygon": outline(points=64), "active": hours}
        for number in range(32)
    ]
    update = {"zones": zones, "masks": [outline(points=64)] * 16}
    assert len(json.dumps(update)) > MAX_BODY_BYTES, "more than other requests may have"
    message(admin.put(DRAWING, content=json.dumps(update, indent=1), headers={"Content-Type": "application/json"}))
    jobs.send_drawing(CAMERA)
    assert message(admin.get(DRAWING))["state"] == "sent", "it fits in what a box is sent, too"


def test_a_refusal_of_the_node_is_shown_with_its_reason(api: Api, admin: httpx.Client, jobs: AdminJobs) -> None:
    message(admin.put(DRAWING, json={"zones": []}))
    jobs.send_drawing(CAMERA)
    version = message(admin.get(DRAWING))["config_version"]
    with api.connection() as conn:
        node_answers(conn, version, ConfigState.REFUSED, reason="config: drawing: no", now=now())
    shown = message(admin.get(DRAWING))
    assert (shown["state"], shown["problem"]) == ("refused", "config: drawing: no")


def test_without_the_citys_key_nothing_is_sent_and_it_is_logged(
    api: Api, admin: httpx.Client, broker: Broker, tmp_path: Path
) -> None:
    message(admin.put(DRAWING, json=DRAWN))
    environment = cloud_environment(api.database_url, broker, api.media_dir, SIAGA_FLEET_DIR=str(tmp_path))
    with Database(api.database_url, name="siaga-jobs") as database:
        AdminJobs(database, load(environment)).send_drawing(CAMERA)
    shown = message(admin.get(DRAWING))
    assert shown["state"] == "problem"
    assert "siaga-cloud admin fleet-key" in shown["problem"]


@pytest.mark.parametrize(
    ("zones", "where", "why"),
    [
        pytest.param([("a-1", [[0, 0], [1, 1], [1, 0], [0, 1]])], "body.zones.0.polygon", "crossing", id="crosses"),
        pytest.param([("a-1", [[0, 0], [0.5, 0.5], [1, 1]])], "body.zones.0.polygon", "area of 0", id="flat"),
        pytest.param([("a-1", SQUARE), ("a-1", SQUARE)], "body.zones.1.id", "twice", id="an id twice"),
        pytest.param([("a-1", SQUARE[:2])], "body.zones.0.polygon", "at least 3", id="too few"),
        pytest.param([("A 1", SQUARE)], "body.zones.0.id", "pattern", id="no name"),
    ],
)
def test_what_cannot_be_a_zone_is_refused_at_its_field(
    admin: httpx.Client, zones: list[Any], where: str, why: str
) -> None:
    update = {"zones": [{"id": name, "kind": "watch", "polygon": polygon} for name, polygon in zones]}
    found = field(admin.put(DRAWING, json=update))
    assert found[0] == where
    assert why in found[1]


def test_a_file_that_names_no_drawing_retains_the_previous_drawings(api: Api, fleet_folder: Path) -> None:
    with api.connection() as conn:
        before = tomllib.loads(commands.wanted_body(conn, NODE))["drawing"]
        key = keys.load_key(fleet_folder)
        commands.make_config(conn, key, NODE, "[health]\nevery_seconds = 7\n", now=now(), by="x")
        held = tomllib.loads(commands.wanted_body(conn, NODE))
        assert held == {"health": {"every_seconds": 7}, "drawing": before}
        commands.make_config(conn, key, NODE, "drawing = []\n", now=now(), by="x")
        assert tomllib.loads(commands.wanted_body(conn, NODE)) == {"drawing": []}
        conn.rollback()


# --- enrolment ---------------------------------------------------------------------------------------------------


def a_request() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def node_named(admin: httpx.Client, node: str) -> dict[str, Any]:
    found = message(admin.get("/api/v1/admin/nodes", params={"q": node}))["nodes"]
    return next(dict(one) for one in found if one["id"] == node)


def test_a_token_is_shown_once_used_once_and_its_credential_is_known(
    admin: httpx.Client, api: Api, fleet_folder: Path
) -> None:
    assert message(admin.get("/api/v1/admin/nodes"))["gives"] == "password"
    made = admin.post("/api/v1/admin/nodes/node-new/enrolment", json={"hours": 2})
    assert made.headers["cache-control"] == "private, no-store"
    token = message(made, 201)["token"]
    waiting = node_named(admin, "node-new")
    assert (waiting["token"]["state"], waiting["token"]["made_by"], waiting["credential"]) == ("waiting", "admin", None)
    assert token not in admin.get("/api/v1/admin/nodes").text
    assert token not in admin.get("/api/v1/admin/audit").text
    with api.client() as node_id:
        assert message(node_id.post("/api/v1/enrol", json={"token": token, "csr": a_request()}), 201)["password"]
        assert node_id.post("/api/v1/enrol", json={"token": token, "csr": a_request()}).status_code == 403
    after = node_named(admin, "node-new")
    assert (after["token"]["state"], after["credential"]["kind"], after["credential"]["until"]) == (
        "used", "password", None,
    )  # fmt: skip
    keys.make_authority(fleet_folder, now=now())
    token = message(admin.post("/api/v1/admin/nodes/node-new/enrolment", json={}), 201)["token"]
    with api.client() as node_id:
        message(node_id.post("/api/v1/enrol", json={"token": token, "csr": a_request()}), 201)
    held = node_named(admin, "node-new")["credential"]
    assert held["kind"] == "certificate"
    assert (datetime.fromisoformat(held["until"]) - now()).days in (88, 89)


def test_a_token_can_be_revoked(admin: httpx.Client) -> None:
    path = "/api/v1/admin/nodes/node-gone/enrolment"
    message(admin.post(path, json={}), 201)
    assert admin.delete(path).status_code == 204
    assert admin.delete(path).status_code == 404
    assert newest_line(admin, action="withdraw_token")["object_id"] == "node-gone"
    assert admin.post("/api/v1/admin/nodes/Not_A_Name/enrolment", json={}).status_code == 422


# --- dead letters ------------------------------------------------------------------------------------------------


def test_dead_letters_are_listed_shown_safely_and_replayed(api: Api, admin: httpx.Client, jobs: AdminJobs) -> None:
    with api.connection() as conn:
        good, text, raw = bury(conn, None, b"<script>alert(1)</script>\x1b[31m\x00", b"\xff\xd8\x00", now=now())
    found = message(admin.get("/api/v1/admin/dead-letters", params={"q": "alert(1)"}))
    assert [alert_message["id"] for alert_message in found["items"]] == [text]
    assert found["counts"]["waiting"] >= 3
    seen = message(admin.get(f"/api/v1/admin/dead-letters/{text}"))
    assert seen["text"] == "<script>alert(1)</script>\u241b[31m\u2400"
    assert seen["hexdump"].startswith("00000000  3c 73 63 72 69 70 74 3e")
    assert message(admin.get(f"/api/v1/admin/dead-letters/{raw}"))["text"] is None
    assert newest_line(admin, action="view_dead_letter")["object_id"] == str(raw)
    requested = message(admin.post("/api/v1/admin/dead-letters/replay", json={"ids": [good, text, 99_999_999]}), 202)
    assert requested["ids"] == [good, text]
    assert message(admin.get(f"/api/v1/admin/dead-letters/{good}"))["entry"]["state"] == "requested"
    jobs.replay_dead_letters()
    alert_messages = {good: "replayed", text: "failed", raw: "waiting"}
    for alert_message, state in alert_messages.items():
        assert message(admin.get(f"/api/v1/admin/dead-letters/{alert_message}"))["entry"]["state"] == state
    assert "JSON" in message(admin.get(f"/api/v1/admin/dead-letters/{text}"))["entry"]["failed_because"]
    with api.connection() as conn:
        assert conn.execute("SELECT level_cm FROM reading ORDER BY received_at DESC").fetchone() == {"level_cm": 500}
    assert message(admin.post("/api/v1/admin/dead-letters/replay", json={"ids": [good]}), 202)["ids"] == []
    assert newest_line(admin, action="replay_dead_letters")["details"] == {"ids": [good, text]}


# --- agencies ----------------------------------------------------------------------------------------------------


def agency(admin: httpx.Client, wanted: str) -> dict[str, Any]:
    found = message(admin.get("/api/v1/admin/agencies"))["agencies"]
    return next(dict(one) for one in found if one["id"] == wanted)


def test_an_agency_is_made_given_work_and_removed(admin: httpx.Client) -> None:
    path = "/api/v1/admin/agencies/dinas-baru"
    update: dict[str, Any] = {"name": "Dinas Baru", "colour": "#102030", "routes": []}
    made = message(admin.put(path, json=update, headers={"If-Match": "new"}))
    assert admin.put(path, json=update, headers={"If-Match": "new"}).status_code == 412
    accepted = {**update, "routes": [{"category": "flooding"}]}
    assert "goes to dinas-sda now" in field(admin.put(path, json=accepted))[1]
    assert field(admin.put(path, json={**update, "routes": [{"category": "wind"}]}))[0] == "body.routes.0.category"
    own = {**update, "routes": [{"category": "trash", "area_id": "31.74.01.manggarai"}]}
    changed = message(admin.put(path, json=own, headers={"If-Match": made["version"]}))
    assert [route["area_name"] for route in changed["routes"]] == ["Manggarai"]
    assert admin.put(path, json=update, headers={"If-Match": made["version"]}).status_code == 412
    assert admin.delete("/api/v1/admin/agencies/dinas-sda").status_code == 409
    assert admin.delete(path, headers={"If-Match": changed["version"]}).status_code == 204
    assert newest_line(admin, action="remove_agency")["object_id"] == "dinas-baru"


def test_areas_are_found_by_name(admin: httpx.Client) -> None:
    found = message(admin.get("/api/v1/area-names", params={"q": "mangga"}))
    assert {"id": "31.74.01.manggarai", "name": "Manggarai", "level": "kelurahan", "within": "Tebet"} in found


# --- the policy --------------------------------------------------------------------------------------------------


def test_the_policy_is_tested_changed_and_reverted(admin: httpx.Client, api: Api) -> None:
    held = message(admin.get("/api/v1/policy/draft"))
    document = held["document"]
    document["rule"].insert(0, {"id": "trash-first", "action": "task", "priority": 2, "categories": ["trash"]})
    requested = {"category": "trash", "severity": "minor", "confidence": 0.1, "at": "2026-11-20T03:00:00Z"}
    attempted = message(admin.post("/api/v1/policy/preview", json={"document": document, **requested}))
    assert (attempted["action"], attempted["rule"], attempted["priority"]) == ("task", "trash-first", 2)
    changed = message(admin.put("/api/v1/policy", json=document, headers={"If-Match": held["version"]}))
    assert changed["document"]["rule"][0]["id"] == "trash-first"
    assert admin.put("/api/v1/policy", json=document, headers={"If-Match": held["version"]}).status_code == 412
    document["rule"][0]["until_hour"] = "25:00"
    assert field(admin.put("/api/v1/policy", json=document))[0] == "body.rule.0.until_hour"
    document["rule"][0] = {**document["rule"][1]}
    assert "once, not 2 times" in message(admin.put("/api/v1/policy", json=document), 422)["detail"]
    back = message(admin.post(f"/api/v1/policy/versions/{held['version']}/restore"))
    assert back["version"] == held["version"]
    line = newest_line(admin, action="restore_policy_version")
    assert line["details"] == {"before": changed["version"]}


def test_addresses_of_people_remain_where_they_are(admin: httpx.Client, api: Api) -> None:
    document = message(admin.get("/api/v1/policy/draft"))["document"]
    assert document["target"] == []
    with api.connection() as conn:
        targets = conn.execute("SELECT rules -> 'target' AS target FROM task_policy LIMIT 1").fetchone()
    message(admin.put("/api/v1/policy", json={**document, "deadline": []}))
    with api.connection() as conn:
        now_held = conn.execute(
            "SELECT rules -> 'target' AS target FROM task_policy ORDER BY used_at DESC LIMIT 1"
        ).fetchone()
    assert now_held == targets


# --- accounts and the audit --------------------------------------------------------------------------------------


def test_two_administrators_do_not_write_over_one_another(admin: httpx.Client) -> None:
    new = {"id": "petugas.baru", "name": "Petugas Baru", "role": "officer"}
    assert field(admin.post("/api/v1/admin/users", json=new)) == ("body.agency_id", "an officer needs one")
    made = message(admin.post("/api/v1/admin/users", json={**new, "agency_id": "dinas-sda"}), 201)
    path, first = "/api/v1/admin/users/petugas.baru", {"If-Match": made["version"]}
    changed = message(admin.patch(path, json={"name": "Nama Lain"}, headers=first))
    refused = admin.patch(path, json={"name": "Nama Ketiga"}, headers=first)
    assert message(refused, 412)["version"] == changed["version"]
    assert [one["name"] for one in message(admin.get("/api/v1/admin/users", params={"q": "lain"}))] == ["Nama Lain"]
    assert field(admin.put(f"{path}/password", json={"password": "short"}))[0] == "body.password"


def test_the_audit_is_filtered_and_paged(admin: httpx.Client) -> None:
    message(admin.post("/api/v1/admin/nodes/node-audit/enrolment", json={}), 201)
    newest = newest_line(admin, kind="node")
    assert (newest["action"], newest["object_id"]) == ("enrol_token", "node-audit")
    older = message(admin.get("/api/v1/admin/audit", params={"before": newest["id"], "sort": "-id", "limit": 5}))
    assert [line["id"] for line in older] == sorted((line["id"] for line in older), reverse=True)
    assert all(line["id"] < newest["id"] for line in older)
    assert message(admin.get("/api/v1/admin/audit", params={"actor": "nobody"})) == []
    sheet = admin.get("/api/v1/admin/audit", params={"format": "csv", "kind": "node", "object": "node-audit"})
    assert sheet.text.splitlines()[1].split(",")[2:6] == ["admin", "enrol_token", "node", "node-audit"]
