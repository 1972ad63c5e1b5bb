"""Proof photos over the real API and database: what is found on them, who gets the last word, and what is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
from tests.support.http_api import MANGGARAI, Api
from tests.support.proof_photos import (
    OPERATOR,
    ImageArray,
    a_scene,
    a_task,
    as_photo,
    check_of,
    look_into,
    north_of,
    resolve,
    set_policy,
    shown,
)
from typer.testing import CliRunner

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.cli import app as admin
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.reports.service.reports import NewReport, file_report
from siaga_cloud.tasks.proof import feedback
from siaga_cloud.tasks.proof import service as proof
from siaga_cloud.tasks.proof.policy import policy_for

NOBODY = '{"reporter_share": 0, "operator_share": 0, "seed": "siaga"}'


def now() -> datetime:
    return datetime.now(UTC)


def cropped(image: ImageArray) -> ImageArray:
    height, width = image.shape[:2]
    return image[round(height * 0.04) :, : round(width * 0.95)]


@pytest.mark.parametrize(
    ("changed", "seed"),
    [
        pytest.param(lambda image: image, 101, id="as it was"),
        pytest.param(cropped, 102, id="cropped"),
        pytest.param(lambda image: cv2.convertScaleAbs(cv2.resize(image, (400, 300)), alpha=0.8), 103, id="dark"),
        pytest.param(lambda image: np.ascontiguousarray(image[:, ::-1]), 104, id="mirrored"),
    ],
)
def test_a_photo_that_proved_another_task_is_found_again(
    api: Api, changed: Callable[[ImageArray], ImageArray], seed: int
) -> None:
    image = a_scene(seed)
    first, second = a_task(api), a_task(api)
    original = resolve(api, first, as_photo(image, at=now(), place=MANGGARAI))
    assert check_of(look_into(api, first), "duplicate")["result"] == "fine"
    resolve(api, second, as_photo(changed(image), at=now(), place=MANGGARAI, quality=60))
    found = look_into(api, second)
    duplicate = check_of(found, "duplicate")
    assert duplicate["result"] in ("failed", "doubtful")
    assert duplicate["twin_url"] == f"/api/v1/media/{original}"
    assert duplicate["explanation"]["id"] != duplicate["explanation"]["en"]
    assert (found["task"]["state"], found["proofs"][0]["method"], found["proofs"][0]["held"]) == (
        "resolved", "operator", True,
    )  # fmt: skip
    with api.client(OPERATOR) as client:
        listed = client.get("/api/v1/proofs", params={"check": "duplicate", "waiting": True}).json()
    assert str(second) in {one["task_id"] for one in listed}


def test_the_photo_of_refuted_work_does_not_prove_the_same_task_again(api: Api) -> None:
    task = a_task(api)
    photo_id = resolve(api, task, as_photo(a_scene(105), at=now(), place=MANGGARAI))
    assert check_of(look_into(api, task), "duplicate")["result"] == "fine"
    with api.client(OPERATOR) as client:
        for move in (
            {"verb": "reopen", "note": "Belum beres."},
            {"verb": "accept"},
            {"verb": "resolve", "photo_id": photo_id},
        ):
            assert client.post(f"/api/v1/tasks/{task}/moves", json=move).status_code == 200
    found = look_into(api, task)
    assert check_of(found, "duplicate")["result"] == "failed"
    assert check_of(found, "duplicate")["twin_url"] == f"/api/v1/media/{photo_id}"
    assert (found["proofs"][0]["method"], found["proofs"][0]["held"]) == ("operator", True)


def test_a_photo_from_elsewhere_is_doubtful_and_one_of_yesterday_fails(api: Api) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(1), at=now() - timedelta(days=1), place=north_of(600)))
    found = look_into(api, task)
    assert check_of(found, "capture_place")["result"] == "doubtful"
    assert check_of(found, "capture_place")["figures"]["exif_m"] == pytest.approx(600, abs=5)
    assert check_of(found, "capture_time")["result"] == "failed"
    with api.client(OPERATOR) as client:
        doubtful = client.get("/api/v1/proofs", params={"result": "doubtful", "check": "capture_place"}).json()
    assert [one["task_id"] for one in doubtful] == [str(task)]


def test_the_apps_position_counts_with_its_accuracy_where_the_photo_has_none(api: Api) -> None:
    task = a_task(api)
    message: dict[str, Any] = {
        "taken_at": now().isoformat(),
        "lat": north_of(200)[0],
        "lon": MANGGARAI[1],
        "accuracy_m": 90,
    }
    resolve(api, task, as_photo(a_scene(2), camera=False), **message)
    found = look_into(api, task)
    assert check_of(found, "capture_place")["result"] == "fine"
    assert check_of(found, "capture_time")["result"] == "fine"
    assert check_of(found, "edited")["result"] == "doubtful"


@pytest.mark.parametrize(
    ("mark", "result"), [({"Software": "Adobe Photoshop 26.0"}, "doubtful"), ({"Software": "Midjourney 7"}, "failed")]
)
def test_marks_of_editors_and_generators_are_named(api: Api, mark: dict[str, Any], result: str) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(len(mark["Software"])), at=now(), place=MANGGARAI, **mark))
    assert check_of(look_into(api, task), "edited")["result"] == result


def test_a_photo_from_the_gallery_always_goes_to_a_person_and_is_counted_as_unverified(api: Api) -> None:
    set_policy(api, NOBODY)
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(3), at=now(), place=MANGGARAI))
    found = look_into(api, task)
    set_policy(api, "{}")
    assert (found["task"]["state"], found["proofs"][0]["outcome"]) == ("resolved", None)
    assert (found["proofs"][0]["method"], found["proofs"][0]["held"]) == ("operator", False)
    with api.client(OPERATOR) as client:
        summary = client.get("/api/v1/proofs/summary").json()
    assert summary["unverified"] >= 1
    assert summary["verified_share"] < 1


def test_what_an_operator_decides_by_hand_is_the_proofs_end(api: Api) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(4), at=now(), place=north_of(700)))
    look_into(api, task)
    with api.client(OPERATOR) as client:
        moved = client.post(f"/api/v1/tasks/{task}/moves", json={"verb": "reopen", "note": "foto dari tempat lain"})
        assert moved.status_code == 200
    with api.connection() as conn:
        proof.tend(conn, now=now())
        conn.commit()
    reported = shown(api, task)["proofs"][0]
    assert (reported["outcome"], reported["decided_by"]) == ("reopened", OPERATOR)


def test_a_reporter_is_questioned_and_an_answer_of_no_reopens_the_task(api: Api) -> None:
    set_policy(api, '{"reporter_share": 1, "operator_share": 0}')
    with api.connection() as conn:
        new = NewReport(
            channel="web", category="pothole", body="", lat=MANGGARAI[0] - 0.02, lon=MANGGARAI[1], reporter="r"
        )
        report = file_report(conn, new, areas=AreaLookup(), now=now())
        incident = incidents.process_signal(conn, report.report_id, areas=AreaLookup(), now=now())
        row = conn.execute("SELECT id FROM task WHERE incident_id = %s", (incident,)).fetchone()
        assert row is not None
        task = row["id"]
        conn.commit()
    place = (MANGGARAI[0] - 0.02, MANGGARAI[1])
    with api.client() as client:
        early = client.post(f"/api/v1/reports/{report.secret}/answer", data={"fixed": "true"})
        assert early.status_code == 409
    resolve(api, task, as_photo(a_scene(5), at=now(), place=place))
    found = look_into(api, task)
    assert (found["proofs"][0]["method"], found["task"]["state"]) == ("reporter", "resolved")
    api.forget_limits()
    with api.client() as client:
        path = f"/api/v1/reports/{report.secret}/answer"
        photo = {"photo": ("p.jpg", as_photo(a_scene(6)))}
        before = images(api)
        assert client.post(path, data={"fixed": "false"}, files=photo).status_code == 201
        answered = images(api)[1] - before[1]
        stored = images(api)
        another = {"photo": ("q.jpg", as_photo(a_scene(8)))}
        assert client.post(path, data={"fixed": "true"}, files=another).json()["repeated"] is True
        strange = client.post("/api/v1/reports/nobody/answer", data={"fixed": "true"}, files=another)
        assert strange.status_code == 404
        assert images(api) == stored, "no picture of who may not answer"
    with api.connection() as conn:
        notification = conn.execute(
            "SELECT kind FROM notification WHERE audience_key = %s", (str(report.report_id),)
        ).fetchall()
        assert "please_check" in {row["kind"] for row in notification}
        feedback.process_report_answer(conn, found_id(found), now=now())
        conn.commit()
    reported = shown(api, task)
    assert (reported["task"]["state"], reported["proofs"][0]["decided_by"]) == ("open", "reporter")
    set_policy(api, "{}")
    with api.client() as client:
        assert client.delete(f"/api/v1/reports/{report.secret}/personal").json() == {"reports": 1}
    assert len(answered) == 1
    assert not answered & images(api)[1], "the answer's photo is forgotten with the report"


def images(api: Api) -> tuple[int, set[str]]:
    """How many are on record, and the names of all files."""
    with api.connection() as conn:
        row = conn.execute("SELECT count(*) AS n FROM media").fetchone()
    assert row is not None
    return row["n"], {file.name for file in api.parts.media.root.rglob("*") if file.is_file()}


def found_id(found: dict[str, Any]) -> UUID:
    return UUID(found["proofs"][0]["proof_id"])


def test_where_a_reporter_never_answers_an_operator_looks(api: Api) -> None:
    set_policy(api, '{"reporter_share": 1, "operator_share": 0}')
    task = a_task(api, source="camera:cam-x")
    resolve(api, task, as_photo(a_scene(7), at=now(), place=MANGGARAI))
    assert look_into(api, task)["proofs"][0]["method"] == "operator"  # nobody reported it
    with api.connection() as conn:
        conn.execute("UPDATE proof SET method = 'reporter', answer_by = %s WHERE task_id = %s", (now(), task))
        assert proof.tend(conn, now=now() + timedelta(seconds=1)) == 1
        conn.commit()
    reported = shown(api, task)
    newest = reported["proofs"][0]
    assert (reported["task"]["state"], newest["method"]) == ("resolved", "operator")
    assert newest["why"] == "no answer of the reporter in time"
    set_policy(api, "{}")


def test_the_public_sees_neither_proof_checks_nor_images_in_which_somebody_may_be_recognised(api: Api) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(8), at=now(), place=MANGGARAI))
    look_into(api, task)
    assert shown(api, task)["pair"]["after"]
    public = shown(api, task, None)
    assert public["proofs"] == []
    assert public["pair"] == {"before": [], "after": [], "waiting": 1, "hidden": 0}
    with api.client("petugas.sda") as client:
        assert client.get("/api/v1/proofs").status_code == 403


def test_a_policy_with_a_wrong_key_is_refused_by_name(api: Api) -> None:
    from siaga_cloud.platform.errors import InvalidError

    with api.connection() as conn:
        assert policy_for(conn, "flooding").limits.near_m == 400
        for body, reason in (
            ('{"nearness": 3}', "nearness"),
            ('{"limits": {"near_m": -1}}', "near_m"),
            ('{"held": {"edited": ["bad"]}}', "held"),
        ):
            conn.execute("UPDATE proof_policy SET rules = %s WHERE category = '*'", (body,))
            with pytest.raises(InvalidError, match=reason):
                policy_for(conn, "trash")
        conn.rollback()


def test_the_admin_command_sets_a_policy_that_can_be_used_and_no_other(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_DATABASE_URL", api.database_url)
    file = tmp_path / "policy.json"
    for text, code in (('{"limits": {"near_m": 80}}', 0), ("[]", 2), ('{"held": 3}', 2), ("{", 2)):
        file.write_text(text)
        done = CliRunner().invoke(admin, ["proof-policy", "pothole", str(file)])
        assert done.exit_code == code, done.output
    with api.connection() as conn:
        assert policy_for(conn, "pothole").limits.near_m == 80
