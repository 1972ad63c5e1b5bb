"""The three grades of finished work: in the data, on the API and in the words that people read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.support.http_api import MANGGARAI, Api, set_level
from tests.support.proof_photos import OPERATOR, a_scene, a_task, as_photo, look_into, resolve, set_policy, shown

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.signals import store as signals
from siaga_cloud.tasks.proof import service as proof
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_core.rules.task import Verb

NOBODY = '{"reporter_share": 0, "operator_share": 0}'
HEAD = "lurah.manggarai"


def now() -> datetime:
    return datetime.now(UTC)


def move(api: Api, task: UUID, verb: str, *, actor: str, note: str = "") -> None:
    with api.connection() as conn:
        tasks.move(conn, task, MoveRequest(verb=Verb(verb), actor=actor, note=note), now=now())
        conn.commit()


def completion(api: Api, task: UUID) -> dict[str, Any]:
    public: dict[str, Any] = shown(api, task, None)["task"]["completion"]
    return public


def test_a_photo_alone_is_reported_done_and_nobody_is_named(api: Api) -> None:
    set_policy(api, NOBODY)
    task = a_task(api)
    assert completion(api, task) is None
    resolve(api, task, as_photo(a_scene(301), at=now(), place=MANGGARAI))
    look_into(api, task)
    set_policy(api, "{}")
    graded = completion(api, task)
    assert (graded["grade"], graded["by"]) == ("reported_done", None)
    assert "Belum ada pihak lain yang memeriksa" in graded["text"]["id"]
    assert "Nobody else has checked it yet" in graded["text"]["en"]
    assert shown(api, task, None)["task"]["state"] == "resolved"


def test_neither_the_system_nor_who_did_the_work_can_verify_it(api: Api) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(302), at=now(), place=MANGGARAI))
    for actor in ("system", OPERATOR):
        with pytest.raises(ConflictError, match="somebody else has to verify it"):
            move(api, task, "verify", actor=actor)
    assert completion(api, task)["grade"] == "reported_done"


def test_a_gauge_that_measures_normal_again_verifies_what_it_had_reported(api: Api) -> None:
    task = a_task(api, source="gauge:manggarai", category="flooding")
    resolve(api, task, as_photo(a_scene(305), at=now(), place=MANGGARAI))
    look_into(api, task)
    with api.connection() as conn:
        set_level(conn, "manggarai", 60.0, stage=4, at=now())
        proof.tend(conn, now=now())
        conn.commit()
    assert completion(api, task)["grade"] == "reported_done", "its signal goes on: it is not over"
    with api.connection() as conn:
        row = conn.execute(
            "SELECT member.signal_id FROM incident_member AS member JOIN task USING (incident_id) WHERE task.id = %s",
            (task,),
        ).fetchone()
        assert row is not None
        signals.end(conn, row["signal_id"], at=now())
        matching.process_signal(conn, row["signal_id"], areas=AreaLookup(), now=now())
        proof.tend(conn, now=now())
        conn.commit()
    graded = completion(api, task)
    assert (graded["grade"], graded["by"], graded["by_id"]) == ("verified", "gauge", "manggarai")
    assert graded["text"]["id"].endswith("mengukur keadaan kembali normal.")
    with api.client(OPERATOR) as client:
        summed = client.get("/api/v1/proofs/summary").json()["by"]
    assert {one["decided_by"] for one in summed if one["outcome"] == "verified"} >= {"gauge"}, "a gauge is no person"


def test_a_witness_is_named_and_a_dispute_counts_until_it_is_done_again(api: Api) -> None:
    task = a_task(api)
    resolve(api, task, as_photo(a_scene(303), at=now(), place=MANGGARAI))
    move(api, task, "verify", actor="camera:cam-x")
    graded = completion(api, task)
    assert (graded["grade"], graded["by"], graded["by_id"]) == ("verified", "camera", "cam-x")
    assert graded["text"]["en"] == "The camera cam-x looked at the place again: it is done."
    move(api, task, "reopen", actor="reporter", note="belum")
    graded = completion(api, task)
    assert (graded["grade"], graded["by"]) == ("disputed", "reporter")
    assert graded["text"]["id"] == "Dinyatakan selesai, tetapi pelapor menyatakan belum beres."
    resolve(api, task, as_photo(a_scene(304), at=now(), place=MANGGARAI))
    assert completion(api, task)["grade"] == "reported_done"
