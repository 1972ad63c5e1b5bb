"""Stories of one city at work, as sentences: its programs run, a box and citizens speak, people decide over HTTP."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from tests.support.cloud_core import Sender, event_message, eventually, utc_now
from tests.support.http_api import CITY, MANGGARAI, Api
from tests.support.owners import hand_over
from tests.support.proof_photos import a_scene, as_photo
from tests.support.whole_cloud import whole_cloud

from siaga_cloud.city.service import policy
from siaga_cloud.city.service.policy_file import PolicyFile
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import connect
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalRow
from siaga_core.wire.ids import uuid7
from siaga_core.wire.messages import Hazard, Place
from siaga_sim.stack.broker import Broker
from siaga_sim.stack.postgres import Postgres

OPERATOR, LURAH, OFFICER = "operator.balaikota", "lurah.manggarai", "petugas.sda"
METRE = 1 / 111_195
# Seconds instead of hours, for a category that no other story here uses.
QUICK_DEADLINES = {
    "categories": ["street_light"], "acknowledge_hours": 0.0003, "first_action_hours": 0.0005, "resolve_hours": 0.001,
}  # fmt: skip


@pytest.fixture(scope="module")
def city(
    postgres: Postgres, migrated_template: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    url = postgres.create_database("siaga_one_city", template=migrated_template)
    with whole_cloud(url, broker, tmp_path_factory.mktemp("city")) as api:
        file = tomllib.loads((CITY / "policy.toml").read_text(encoding="utf-8"))
        file["deadline"].insert(0, QUICK_DEADLINES)
        file["sources"]["spacing_seconds"] = 0  # they complain one after the other without a pause
        with connect(url) as conn:
            policy.adopt(conn, PolicyFile.model_validate(file), now=utc_now())
            conn.execute(
                "INSERT INTO app_user (id, name, role, area_id)"
                " VALUES ('walikota.jaksel', 'Walikota', 'area_head', '31.74')"
            )
        api.renew_token("walikota.jaksel")
        yield api
    postgres.drop_database("siaga_one_city")


def request(api: Api, user: str | None, path: str) -> Any:
    with api.client(user) as client:
        answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(api: Api, user: str | None, path: str, **form: Any) -> Any:
    with api.client(user) as client:
        answer = client.post(f"/api/v1/{path}", json=form)
    assert answer.is_success, answer.text
    return answer.json()


def complain(api: Api, who: str, category: str = "flooding", *, metres: float = 0, **photo: bytes) -> str:
    """A citizen's report over HTTP; the secret by which it is followed."""
    api.forget_limits()
    form = {"category": category, "text": "Air naik", "lat": MANGGARAI[0] + metres * METRE, "lon": MANGGARAI[1]}
    with api.client(address=f"127.9.{sum(who.encode()) % 250 + 1}.3") as client:  # everybody at home
        answer = client.post("/api/v1/reports", data={**form, "reporter": who}, files=photo or None)
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["follow"].removeprefix("/r/")
    return secret


def followed(api: Api, secret: str) -> Any:
    return request(api, None, f"reports/{secret}")


def number_of(city: Api, secret: str) -> Any:
    """The task that a report has come to, as its reporter sees it."""
    return followed(city, secret)["task_number"]


def notifications_with(city: Api, user: str, text: str) -> list[Any]:
    """A person's notices that hold a text."""
    return [one for one in request(city, user, "notifications") if text in one["text_en"]]


def found(look: Callable[[], Any], what: str, *, seconds: float = 60) -> Any:
    """What the city's programs come to before long."""
    held: list[Any] = []

    def is_there() -> bool:
        held.append(look())
        return bool(held[-1])

    eventually(is_there, what=what, seconds=seconds)
    return held[-1]


def incident_of(api: Api, secret: str) -> str:
    """The incident that a report became part of, once the worker has taken it."""
    number = found(lambda: followed(api, secret)["incident_number"], "the report is part of an incident")
    (own,) = [one for one in request(api, OPERATOR, "incidents?limit=200") if one["number"] == number]
    return str(own["id"])


def task_of(api: Api, incident_id: str) -> Any:
    def look() -> Any:
        return [one for one in request(api, OPERATOR, "tasks") if one["incident_id"] == incident_id]

    return found(look, "a task")[0]


def waze_alert(api: Api, *, metres: float) -> None:
    """What the feed of Waze keeps when a driver tells of a flooded road."""
    at = utc_now()
    alert = SignalRow(
        id=uuid7(at), kind="feed", category="flooding", source_key="feed:waze", confidence=0.8, severity="moderate",
        lat=MANGGARAI[0] + metres * METRE, lon=MANGGARAI[1], began_at=at, last_at=at, ended_at=None, measured_at=at,
        received_at=at, note="HAZARD_WEATHER_FLOOD",
    )  # fmt: skip
    with connect(api.database_url) as conn:
        signals.save(conn, [alert])
        jobs.defer_signals(conn, [alert.id])


def test_a_camera_three_citizens_and_waze_make_one_flood_incident_with_the_ledger(
    city: Api, broker: Broker, passwords: dict[str, str]
) -> None:
    hand_over(city.database_url, SourceName("camera", "cam-manggarai"), to="node-a")
    with Sender("node-a", broker, passwords["node-a"]) as node:
        place = Place(lat=MANGGARAI[0], lon=MANGGARAI[1])
        node.send(event_message(outbox_id=node.outbox_id, at=utc_now(), hazard=Hazard.FLOODING, place=place))
        (camera,) = found(lambda: request(city, OPERATOR, "incidents"), "an incident of the camera")
        eventually(lambda: node.waiting == 0, what="the box may forget what it sent")
    secrets = [complain(city, who, metres=metres) for who, metres in (("ani", 20), ("budi", -60), ("cici", 100))]
    again = complain(city, "ani", metres=30)
    waze_alert(city, metres=-40)
    whole = found(
        lambda: (
            (held := request(city, OPERATOR, f"incidents/{camera['id']}"))["incident"]["sources"] == 5
            and len(held["members"]) == 6
            and held
        ),
        "five sources tell of one flood",
    )
    assert [one["id"] for one in request(city, OPERATOR, "incidents")] == [camera["id"]], "one flood is one incident"
    assert whole["incident"]["source_kinds"] == ["camera", "citizen", "feed"]
    counted = [line for line in whole["members"] if line["counted"]]
    assert len(counted) == 5, "who wrote twice counts once"
    doubt = 1.0
    for line in counted:
        share = 1 - 0.51 ** (1 / 3) if line["grade"] == "unverified" else line["confidence"] * line["reliability"]
        assert line["weight"] == pytest.approx(share), "three without proof weigh 0.49 together"
        doubt *= 1 - line["weight"]
    assert whole["incident"]["confidence"] == pytest.approx(1 - doubt, abs=1e-4), "the ledger explains the figure"
    assert whole["members"][0]["source_kind"] == "camera"
    assert whole["members"][0]["lead_over_others_seconds"] > 0, "the camera knew first, and it says by how much"
    # One task; the lurah sees it whole; each reporter can follow it.
    task = task_of(city, camera["id"])
    assert len(request(city, OPERATOR, "tasks")) == 1
    assert request(city, LURAH, f"tasks/{task['id']}")["task"]["place"] is not None
    numbers = {found(partial(number_of, city, secret), "its number") for secret in (*secrets, again)}
    assert numbers == {task["number"]}


def test_a_merge_is_undone(city: Api) -> None:
    near, far = (incident_of(city, complain(city, who, metres=m)) for who, m in (("dedi", 3000), ("eko", 3400)))
    assert near != far

    def standing(incident_id: str) -> tuple[str, int]:
        held = request(city, OPERATOR, f"incidents/{incident_id}")
        return held["incident"]["state"], held["incident"]["sources"]

    assert (standing(near), standing(far)) == (("open", 1), ("open", 1))
    act(city, OPERATOR, f"incidents/{far}/merge", into=near, reason="satu genangan")
    assert standing(near) == ("open", 2)
    assert standing(far)[0] == "merged"
    (change,) = request(city, OPERATOR, f"incidents/{far}/changes")
    act(city, OPERATOR, f"incident-changes/{change['id']}/undo", reason="dua jalan yang berbeda")
    assert (standing(near), standing(far)) == (("open", 1), ("open", 1))
    reported = request(city, OPERATOR, f"incidents/{far}/changes")
    assert [(one["verb"], one["actor"]) for one in reported] == [("undo", OPERATOR), ("merge", OPERATOR)]


def test_an_overdue_task_climbs(city: Api) -> None:
    """By the worker's own clock: the policy gives this category seconds."""
    incident_id = incident_of(city, complain(city, "fajar", "street_light"))
    task = task_of(city, incident_id)

    def climbed() -> Any:
        moves = request(city, OPERATOR, f"tasks/{task['id']}")["moves"]
        notes = [one["note"] for one in moves if one["verb"] == "escalate"]
        return notes if len(notes) == 3 else None

    lurah, camat, walikota = found(climbed, "it climbed three steps")
    assert LURAH in lurah
    assert "camat.tebet" in camat
    assert "walikota.jaksel" in walikota
    for user, level in ((LURAH, 1), ("camat.tebet", 2), ("walikota.jaksel", 3)):
        text = f"escalated to level {level}"
        found(partial(notifications_with, city, user, text), f"{user} is told")


def test_a_photo_that_was_used_before_is_found_and_its_task_comes_back(city: Api) -> None:
    def done(who: str, metres: float, photo: bytes) -> tuple[str, dict[str, Any]]:
        task = task_of(city, incident_of(city, complain(city, who, "pothole", metres=metres)))
        with city.client(OPERATOR) as client:
            sent = client.post(f"/api/v1/tasks/{task['id']}/photos", files={"photo": ("p.jpg", photo)})
            assert sent.status_code == 201, sent.text
        if task["state"] == "review":
            act(city, OPERATOR, f"tasks/{task['id']}/moves", verb="confirm")
        act(city, OPERATOR, f"tasks/{task['id']}/moves", verb="accept")
        act(city, OPERATOR, f"tasks/{task['id']}/moves", verb="resolve", photo_id=sent.json()["photo_id"])
        proofs = found(lambda: request(city, OPERATOR, f"tasks/{task['id']}")["proofs"], "the photo was looked into")
        return task["id"], {one["check"]: one for one in proofs[0]["checks"]}

    scene = a_scene(41)
    at, there = datetime.now(UTC), (MANGGARAI[0] + 600 * METRE, MANGGARAI[1])
    _, first = done("gita", 600, as_photo(scene, at=at, place=there))
    assert first["duplicate"]["result"] == "fine"
    # Cut, saved worse, and with another place and time written into it.
    cut = scene[12:-12, 16:-16]
    elsewhere = (MANGGARAI[0] + 900 * METRE, MANGGARAI[1])
    task_id, second = done("hadi", 900, as_photo(cut, at=utc_now(), place=elsewhere, quality=55))
    assert second["duplicate"]["result"] in ("failed", "doubtful")
    assert second["duplicate"]["figures"]["kind"] == "proof"
    assert request(city, OPERATOR, f"tasks/{task_id}")["task"]["state"] == "resolved", (
        "an operator decides, not the check"
    )
    act(city, OPERATOR, f"tasks/{task_id}/moves", verb="reopen", note="foto lama")
    assert request(city, OPERATOR, f"tasks/{task_id}")["task"]["state"] == "open"


def test_a_lurah_sees_the_own_kelurahan_only(city: Api) -> None:
    """The whole matrix of roles, endpoints and areas: tests/integration/api/test_matrix_no_leak.py."""
    secret = complain(city, "indah", "pothole", metres=5000)
    other = incident_of(city, secret)
    task = task_of(city, other)
    assert task["area_id"] != "31.74.01.manggarai"
    seen, whole = (request(city, who, f"tasks/{task['id']}") for who in (LURAH, OPERATOR))
    assert whole["task"]["place"] is not None
    assert (seen["task"]["place"], seen["task"]["verbs"], seen["photos"]) == (None, [], [])
    with city.client(LURAH) as client:
        moved = client.post(f"/api/v1/tasks/{task['id']}/moves", json={"verb": "accept"})
    assert moved.status_code == 403
