"""What a camera's answer does in the cloud: believed once, from the box that was asked, and in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.cloud_core import MANGGARAI, a_delivery, deliver, event_message
from tests.support.http_api import Api, task_of
from tests.support.proof_photos import a_scene, as_photo, look_into, resolve, set_policy, shown

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.ingest.policy import IngestPolicy
from siaga_cloud.ingest.sorting import sort
from siaga_cloud.ingest.store import messages
from siaga_cloud.ingest.store.batches import store
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.tasks.proof import rechecks
from siaga_cloud.tasks.proof import service as proof
from siaga_core.wire import codec, topics
from siaga_core.wire.fleet import COMMAND_BODY, CommandMessage
from siaga_core.wire.ids import uuid7
from siaga_core.wire.looks import LookAnswerMessage, LookState, RecheckCamera
from siaga_core.wire.messages import Hazard, Place, Source, SourceKind

SPOT = (MANGGARAI.lat, MANGGARAI.lon)
OUTBOX = uuid4()


def now() -> datetime:
    return datetime.now(UTC)


class Case:
    """A parked car that a camera saw, its task resolved, and the camera asked."""

    def __init__(self, api: Api, folder: Path, *, number: int) -> None:
        self.api, self.folder = api, folder
        self.camera, self.node = f"cam-{number}", f"node-{number}"
        at, place = now() - timedelta(minutes=5), Place(lat=SPOT[0] + 0.002 * number, lon=SPOT[1])
        source = Source(kind=SourceKind.CAMERA, id=self.camera)
        event = event_message(outbox_id=OUTBOX, at=at, node=self.node, source=source, place=place)
        self.store(deliver(event, at=now()))
        with api.connection() as conn:
            conn.execute("UPDATE node SET state = 'online' WHERE id = %s", (self.node,))
            incident = incidents.process_signal(conn, event.event_id, areas=AreaLookup(), now=now())
            assert incident is not None
            conn.commit()
            self.task = task_of(conn, incident)
        resolve(api, self.task, as_photo(a_scene(number), at=now(), place=(place.lat, place.lon)))
        self.seen = look_into(api, self.task, can_look=True)
        with api.connection() as conn:
            row = conn.execute("SELECT id, proof_id FROM camera_recheck WHERE task_id = %s", (self.task,)).fetchone()
            assert row is not None
            self.look, self.proof = row["id"], row["proof_id"]

    def store(self, *deliveries: Any) -> None:
        with self.api.connection() as conn:
            messages.prepare_stages(conn)
            store(
                conn, sort(deliveries), media=MediaFolder(self.folder), now=now(), policy=IngestPolicy(unowned="accept")
            )
            conn.commit()

    def answer(self, state: LookState, *, node: str | None = None, look: UUID | None = None, reason: str = "") -> None:
        at, node = now(), node or self.node
        message = LookAnswerMessage(
            id=uuid7(at), node=node, outbox_id=OUTBOX, seq=int(at.timestamp() * 1e6), measured_at=at, sent_at=at,
            look_id=look or self.look, camera=self.camera, hazard=Hazard.ILLEGAL_PARKING, state=state, reason=reason,
            frames=0 if reason else 5,
        )  # fmt: skip
        self.store(a_delivery(topics.up(node, topics.UpStream.ANSWERS), codec.encode(message), at=at))
        with self.api.connection() as conn:
            rechecks.process_answer(conn, self.look, now=now())
            conn.commit()

    def sent_command(self) -> tuple[str, str | None, str | None]:
        """State of the task, and how its newest proof ended."""
        found = shown(self.api, self.task)
        return found["task"]["state"], found["proofs"][0]["outcome"], found["proofs"][0]["decided_by"]


def test_the_command_is_signed_for_the_node_names_the_very_spot_and_is_sent_once(api: Api, tmp_path: Path) -> None:
    case, key = Case(api, tmp_path, number=1), Ed25519PrivateKey.generate()
    assert case.seen["proofs"][0]["method"] == "camera"
    with api.connection() as conn:
        ordered = rechecks.build_command(conn, case.look, key, now=now())
        assert ordered is not None
        assert rechecks.build_command(conn, case.look, key, now=now()) is None
        conn.commit()
    topic, payload = ordered
    assert topic == topics.down(case.node, topics.DownStream.COMMAND)
    message = CommandMessage.model_validate_json(payload)
    body = COMMAND_BODY.validate_json(message.body)
    assert isinstance(body, RecheckCamera)
    assert (body.look_id, body.camera, body.deadline) == (case.look, case.camera, message.expires_at)
    assert body.box is not None


@pytest.mark.parametrize(
    ("state", "sent_command"),
    [(LookState.CLEARED, ("verified", "verified")), (LookState.STILL_THERE, ("open", "reopened"))],
)
def test_a_clear_spot_verifies_and_one_that_is_not_clear_reopens(
    api: Api, tmp_path: Path, state: LookState, sent_command: tuple[str, str]
) -> None:
    case = Case(api, tmp_path, number=2 if state is LookState.CLEARED else 3)
    case.answer(state)
    assert case.sent_command() == (*sent_command, f"camera:{case.camera}")
    # A second answer, also another one, changes nothing.
    case.answer(LookState.STILL_THERE if state is LookState.CLEARED else LookState.CLEARED)
    assert case.sent_command() == (*sent_command, f"camera:{case.camera}")


def test_another_node_is_not_trusted(api: Api, tmp_path: Path) -> None:
    case = Case(api, tmp_path, number=4)
    case.answer(LookState.CLEARED, node="node-evil")
    assert case.sent_command() == ("resolved", None, None)
    case.answer(LookState.CLEARED)
    assert case.sent_command()[0] == "verified"


def test_a_camera_that_cannot_see_leaves_verification_to_the_sample(api: Api, tmp_path: Path) -> None:
    set_policy(api, json.dumps({"reporter_share": 0, "operator_share": 1}))
    case = Case(api, tmp_path, number=5)
    case.answer(LookState.CANNOT_SEE, reason="covered")
    assert case.sent_command() == ("resolved", None, None)
    found = shown(api, case.task)["proofs"][0]
    assert (found["method"], found["why"]) == ("operator", f"camera {case.camera} cannot see: covered")
    set_policy(api, "{}")


def test_no_answer_by_the_deadline_leaves_it_to_the_sample_and_a_late_denial_disputes_the_work(
    api: Api, tmp_path: Path
) -> None:
    set_policy(api, json.dumps({"reporter_share": 0, "operator_share": 0}))
    case = Case(api, tmp_path, number=6)
    with api.connection() as conn:
        assert proof.tend(conn, now=now()) == 0
        assert proof.tend(conn, now=now() + timedelta(minutes=3)) >= 1
        key = Ed25519PrivateKey.generate()
        assert rechecks.build_command(conn, case.look, key, now=now() + timedelta(minutes=3)) is None
        conn.commit()
    assert case.sent_command() == ("resolved", None, None)
    case.answer(LookState.STILL_THERE)
    assert case.sent_command() == ("resolved", None, None)
    graded = shown(api, case.task)["task"]["completion"]
    assert (graded["grade"], graded["by"], graded["by_id"]) == ("disputed", "camera", case.camera)
    set_policy(api, "{}")


def test_withheld_proof_checks_need_an_operator_though_the_camera_reports_clear(api: Api, tmp_path: Path) -> None:
    set_policy(api, json.dumps({"held": {"same_scene": ["unknown"]}}))
    case = Case(api, tmp_path, number=7)
    case.answer(LookState.CLEARED)
    assert case.sent_command() == ("resolved", None, None)
    found = shown(api, case.task)["proofs"][0]
    assert (found["method"], found["recheck"]["state"]) == ("operator", "cleared")
    set_policy(api, "{}")
