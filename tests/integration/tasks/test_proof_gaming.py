"""Attacks on the proof of work, over the real API and database: invented reports, forged photos, officers' friends.

Each of these passed before: the photo was verified by "system", its citizen was informed that it was checked, and one
officer with invented reports came first in the ranking.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
from tests.support.http_api import MANGGARAI, Api
from tests.support.officer.c2pa_photos import a_camera, signed
from tests.support.proof_photos import OPERATOR, ImageArray, a_scene, as_photo, check_of, look_into, resolve, shown
from typer.testing import CliRunner

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.cli import app as admin
from siaga_cloud.figures.service import weights
from siaga_cloud.figures.store import ranks
from siaga_cloud.figures.store.figures import Span
from siaga_cloud.incidents.service import matching
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.proof import feedback, sampling
from siaga_cloud.tasks.proof import service as proof
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_core.rules.task import Verb

_steps = itertools.count(1)


def now() -> datetime:
    return datetime.now(UTC)


def before_photo(seed: int) -> ImageArray:
    """A drain full of waste."""
    image, chance = a_scene(seed).copy(), np.random.default_rng(seed)
    for _ in range(60):
        x, y = int(chance.integers(240, 400)), int(chance.integers(330, 440))
        colour = tuple(int(value) for value in chance.integers(0, 255, 3))
        cv2.circle(image, (x, y), int(chance.integers(5, 16)), colour, -1)
    return image


def reported(api: Api, seed: int, *, reporter: str) -> tuple[UUID, str, tuple[float, float]]:
    """A citizen's report with a photo, over the API, as the worker makes a task of it: task, secret and place."""
    place = (MANGGARAI[0] - 0.05 - 0.004 * next(_steps), MANGGARAI[1])
    api.forget_limits()
    with api.client() as client:
        sent = client.post(
            "/api/v1/reports",
            data={"category": "drainage", "lat": place[0], "lon": place[1], "reporter": reporter},
            files={"photo": ("p.jpg", as_photo(before_photo(seed)))},
        )
    assert sent.status_code == 201, sent.text
    with api.connection() as conn:
        incident = matching.process_signal(conn, UUID(sent.json()["report_id"]), areas=AreaLookup(), now=now())
        row = conn.execute("SELECT id FROM task WHERE incident_id = %s", (incident,)).fetchone()
        conn.commit()
    assert row is not None
    return row["id"], sent.json()["follow"].rpartition("/")[2], place


def hour_later(image: ImageArray, seed: int) -> ImageArray:
    """As another hand sees it: from a step aside, in other light, with noise of its own."""
    chance, (height, width) = np.random.default_rng(seed + 9000), image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = (corners + chance.uniform(-10, 10, (4, 2))).astype(np.float32)
    seen = cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(corners, moved), (width, height), borderMode=cv2.BORDER_REFLECT
    )
    return np.clip(seen * 0.95 + chance.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def retouched(image: ImageArray) -> ImageArray:
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[310:460, 220:420] = 255
    return cv2.inpaint(image, mask, 5, cv2.INPAINT_TELEA)


def turned(image: ImageArray) -> ImageArray:
    height, width = image.shape[:2]
    return cv2.warpAffine(image, cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1.18), (width, height))


def from_a_screen(image: ImageArray) -> ImageArray:
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.array([[30, 20], [-15, 35], [-40, -10], [20, -30]], np.float32)
    warped = cv2.warpPerspective(image, cv2.getPerspectiveTransform(corners, seen), (width, height))
    return cv2.GaussianBlur(warped, (0, 0), 1.5)


def test_no_photo_of_the_table_is_verified_and_only_the_forged_are_held(api: Api) -> None:
    """The photos A to L: none is verified by nobody; the honest one is not held, and every copy is."""
    right: dict[str, Any] = {"at": now(), "camera": True}
    strange = a_scene(990)
    ai = signed(as_photo(strange), a_camera(), source_type="trainedAlgorithmicMedia")
    made: dict[str, tuple[bool, Any]] = {
        "A honest, same view": (False, lambda old, clean, at: as_photo(hour_later(clean, 7), place=at, **right)),
        "B the same again": (True, lambda old, clean, at: as_photo(old, place=at, **right)),
        "C mirrored and cut": (True, lambda old, clean, at: as_photo(old[24:, ::-1].copy(), place=at, **right)),
        "K turned and enlarged": (True, lambda old, clean, at: as_photo(turned(old), place=at, **right)),
        "L from a screen": (False, lambda old, clean, at: as_photo(from_a_screen(strange), place=at, **right)),
        "the waste retouched away": (True, lambda old, clean, at: as_photo(retouched(old), place=at, **right)),
        "F unrelated, sent through a chat": (False, lambda old, clean, at: as_photo(strange, camera=False)),
        "G unrelated, forged EXIF": (False, lambda old, clean, at: as_photo(a_scene(991), place=at, **right)),
        "H from 5 km away": (
            True, lambda old, clean, at: as_photo(a_scene(992), place=(at[0] + 0.045, at[1]), **right)
        ),
        "I of two hours ago": (
            True, lambda old, clean, at: as_photo(a_scene(993), place=at, at=now() - timedelta(hours=2))
        ),
        "E a C2PA manifest states AI": (True, lambda old, clean, at: ai),
    }  # fmt: skip
    for number, (name, (is_held, make)) in enumerate(made.items()):
        seed = 700 + number
        task, secret, place = reported(api, seed, reporter=f"warga-{seed}")
        resolve(api, task, make(before_photo(seed), a_scene(seed), place))
        newest = look_into(api, task)["proofs"][0]
        checks = {one["check"]: (one["result"], one["figures"]) for one in newest["checks"]}
        assert newest["held"] is is_held, (name, checks)
        assert (newest["outcome"], newest["method"] == "checks") == (None, False), (name, "somebody is always asked")
        with api.connection() as conn:
            notification_sending.send_due(conn, now=now())
        with api.client() as client:
            followed = client.get(f"/api/v1/reports/{secret}", params={"lang": "id"}).json()
        assert followed["completion"]["grade"] == "reported_done", name
        assert "Belum ada pihak lain yang memeriksa" in followed["message"], name
        texts = [line["text"] for line in followed["messages"]]
        assert any("menyatakan laporan Anda selesai" in text for text in texts), (name, texts)
        assert not any("sudah diperiksa" in text for text in texts), (name, texts)


def test_an_editors_mark_is_always_sampled(api: Api) -> None:
    task, _, place = reported(api, 750, reporter="warga-750")
    resolve(api, task, as_photo(hour_later(a_scene(750), 750), at=now(), place=place, Software="Adobe Photoshop 26"))
    found = look_into(api, task)
    assert check_of(found, "edited")["result"] == "doubtful"
    assert found["proofs"][0]["method"] in ("reporter", "operator")


@pytest.fixture
def officer(api: Api) -> str:
    return "petugas.sda"


def invented(api: Api, seed: int, *, officer: str, reporter: str) -> tuple[UUID, str]:
    """An officer's friend reports, and the officer "does" it with a picture of anything."""
    task, secret, _ = reported(api, seed, reporter=reporter)
    with api.connection() as conn:
        for verb in (Verb.ACCEPT,):
            tasks.move(conn, task, MoveRequest(verb=verb, actor=officer), now=now())
        conn.commit()
    with api.client(officer) as client:
        photo = {"photo": ("p.jpg", as_photo(a_scene(seed + 5000), camera=False))}
        photo_id = client.post(f"/api/v1/tasks/{task}/photos", files=photo).json()["photo_id"]
        done = client.post(f"/api/v1/tasks/{task}/moves", json={"verb": "resolve", "photo_id": photo_id})
        assert done.status_code == 200, done.text
    look_into(api, task)
    return task, secret


def weigh(conn: Connection) -> None:
    weights.find_pairs(conn, now=now())
    while weights.weigh_tasks(conn, now=now()):
        conn.commit()


def ranking(api: Api, what: str) -> list[dict[str, Any]]:
    with api.client("gubernur") as client:
        found: list[dict[str, Any]] = client.get(f"/api/v1/rankings/{what}").json()
    return found


def weightless(conn: Connection) -> dict[str, int]:
    """By officer, the tasks for which only strangers or friends speak."""
    span = Span(since=now() - timedelta(days=30), until=now() + timedelta(days=1))
    found = ranks.works(conn, "officer", span, level="kelurahan", zone="Asia/Jakarta")
    return {one.id: one.weightless for one in found if one.weightless}


def test_an_officer_who_invents_work_gains_nothing_nor_do_the_invented_reporters(api: Api, officer: str) -> None:
    with api.connection() as conn:
        weigh(conn)
        held = weightless(conn)
    before = {what: ranking(api, what) for what in ("officers", "agencies", "areas", "reporters")}
    made = [invented(api, 800 + number, officer=officer, reporter=f"teman-{number}") for number in range(5)]
    for task, secret in made:  # each friend says that it is fixed, asked or not
        with api.client() as client:
            api.forget_limits()
            assert client.post(f"/api/v1/reports/{secret}/answer", data={"fixed": "true"}).status_code == 201
        with api.connection() as conn:
            feedback.process_report_answer(conn, UUID(shown(api, task)["proofs"][0]["proof_id"]), now=now())
            conn.commit()
        assert shown(api, task, None)["task"]["completion"]["grade"] == "reported_done"
    with api.connection() as conn:
        weigh(conn)
        assert weightless(conn) == {**held, officer: held.get(officer, 0) + len(made)}
    after = {what: ranking(api, what) for what in before}
    scores = {what: [(one["rank"], one["id"], one["score"]) for one in before[what]] for what in before}
    assert scores == {what: [(one["rank"], one["id"], one["score"]) for one in after[what]] for what in after}


def test_work_that_an_operator_refuted_counts_for_the_officer_and_undecided_work_costs_nothing(api: Api) -> None:
    cheat, waiting = "petugas.lh", "petugas.sda"
    with api.connection() as conn:
        weigh(conn)
        held = weightless(conn)
    cases = {one["id"]: one["cases"] for one in ranking(api, "officers")}
    made = {
        who: invented(api, 840 + number, officer=who, reporter=f"warga-84{number}")[0]
        for number, who in enumerate((cheat, waiting))
    }
    with api.client(OPERATOR) as client:
        for task in made.values():  # the complaint itself is true
            incident = client.get(f"/api/v1/tasks/{task}").json()["task"]["incident_id"]
            client.post(f"/api/v1/incidents/{incident}/verdict", json={"verdict": "confirmed"}).raise_for_status()
        moved = {"verb": "reopen", "note": "Belum beres."}
        client.post(f"/api/v1/tasks/{made[cheat]}/moves", json=moved).raise_for_status()
    with api.connection() as conn:
        proof.tend(conn, now=now())  # records what people decided by hand
        weigh(conn)
        assert weightless(conn) == held, "nobody has looked yet, which is no sign of invented work"
    after = {one["id"]: one["cases"] for one in ranking(api, "officers")}
    assert after.get(cheat, 0) == cases.get(cheat, 0) + 1
    assert after.get(waiting, 0) == cases.get(waiting, 0)


def test_an_unasked_no_disputes_the_work_and_an_operator_looks(api: Api, officer: str) -> None:
    task, secret = invented(api, 820, officer=officer, reporter="warga-820")
    with api.connection() as conn:
        conn.execute("UPDATE proof SET method = 'checks' WHERE task_id = %s", (task,))
        conn.commit()
    api.forget_limits()
    with api.client() as client:
        assert client.post(f"/api/v1/reports/{secret}/answer", data={"fixed": "false"}).status_code == 201
    proof_id = UUID(shown(api, task)["proofs"][0]["proof_id"])
    with api.connection() as conn:
        for seconds in range(3):  # the job is repeated, and runs for each further answer
            feedback.process_report_answer(conn, proof_id, now=now() + timedelta(seconds=seconds))
        disputes = conn.execute("SELECT count(*) AS n FROM task_move WHERE task_id = %s AND verb = 'dispute'", (task,))
        assert disputes.fetchone() == {"n": 1}
        conn.commit()
    found = shown(api, task)
    assert (found["task"]["state"], found["proofs"][0]["method"]) == ("resolved", "operator")
    with api.client() as client:
        followed = client.get(f"/api/v1/reports/{secret}", params={"lang": "en"}).json()
    assert (followed["completion"]["grade"], followed["completion"]["by"]) == ("disputed", "reporter")
    assert followed["message"].startswith("It was reported as done, but a person who reported it says")


def test_a_severe_incident_remains_open_until_somebody_has_seen_it(api: Api) -> None:
    task, _, place = reported(api, 830, reporter="warga-830")
    with api.connection() as conn:
        conn.execute("UPDATE task SET severity = 'severe' WHERE id = %s", (task,))
        conn.commit()
    resolve(api, task, as_photo(hour_later(a_scene(830), 830), at=now(), place=place))
    incident = look_into(api, task)["task"]["incident_id"]

    def state() -> str:
        with api.client() as client:
            return str(client.get(f"/api/v1/incidents/{incident}").json()["incident"]["state"])

    assert state() == "open"
    with api.connection() as conn:
        tasks.move(conn, task, MoveRequest(verb=Verb.VERIFY, actor="camera:cam-x"), now=now())
        conn.commit()
    assert state() == "closed"


def test_the_draws_of_a_day_are_committed_to_beforehand_and_checked_afterwards(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, _, place = reported(api, 840, reporter="warga-840")
    with api.connection() as conn:
        sampling.commit_days(conn, now=now())
        conn.commit()
    with api.client() as client:
        days = client.get("/api/v1/proofs/sampling").json()
    today, tomorrow = now().date(), now().date() + timedelta(days=1)
    assert {str(today), str(tomorrow)} <= {one["day"] for one in days}
    assert all(one["secret"] is None for one in days)
    resolve(api, task, as_photo(hour_later(a_scene(840), 840), at=now(), place=place))
    look_into(api, task)
    with api.client() as client:
        assert client.get(f"/api/v1/proofs/sampling/{today}").status_code == 404, "the draws are secret until then"
    with api.connection() as conn:
        assert sampling.commit_days(conn, now=now() + timedelta(days=3)) >= 3
        conn.commit()
    with api.client() as client:
        revealed = client.get(f"/api/v1/proofs/sampling/{today}").json()
    assert str(task) in {one["message"].partition("/")[0] for one in revealed["draws"]}
    monkeypatch.setenv("SIAGA_DATABASE_URL", api.database_url)
    checked = CliRunner().invoke(admin, ["verify-sampling", str(today)])
    assert checked.exit_code == 0, checked.output
    assert " 0 wrong" in checked.output
    with api.connection() as conn:
        conn.execute("UPDATE proof SET draw = draw / 2 WHERE task_id = %s", (task,))
        conn.commit()
    assert CliRunner().invoke(admin, ["verify-sampling", str(today)]).exit_code == 1
    assert CliRunner().invoke(admin, ["verify-sampling", "1999-01-01"]).exit_code == 2


def test_pairs_are_for_those_who_look_after_the_city(api: Api) -> None:
    with api.client(OPERATOR) as client:
        assert client.get("/api/v1/figures/pairs").json() == []
    with api.client("petugas.sda") as client:
        assert client.get("/api/v1/figures/pairs").status_code == 403
