"""A camera that is asked to look again: several frames of the real pipeline, one answer, or why there is none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.unit.edge_vision.fake_models import bag, car, street
from tests.unit.edge_vision.test_pipeline import NO_STOPPING, ROAD, START, WATCH, Scene

from siaga_core.rules.geometry import Box
from siaga_core.wire.looks import LookAnswerMessage, RecheckCamera
from siaga_core.wire.messages import Hazard
from siaga_edge.camera.recheck import MOST_WAITING, RecheckAnswer, RecheckQueue, RecheckRequest
from siaga_edge.camera.runner import CameraRunner
from siaga_edge.fleet.recheck_command import RecheckHandler
from siaga_edge.outbox.parcels import Parcel


def a_recheck_request(
    hazard: Hazard, *, zone: str | None = None, seconds: float = 60, box: Box | None = None
) -> RecheckRequest:
    return RecheckRequest(
        look_id=uuid4(), hazard=hazard, zone=zone, box=box, deadline=START + timedelta(seconds=5 + seconds)
    )


def answer_of(scene: Scene, request: RecheckRequest, *, seconds: float = 8) -> RecheckAnswer | None:
    """What comes of a look at a scene that goes on as it is."""
    looks, reported = RecheckQueue(), list[RecheckAnswer]()
    looks.request(request, reported.append, now=scene.at)
    for _ in range(round(seconds * 5)):
        scene.passes(0.2)
        looks.tick(scene.at)
        looks.frame(scene.pipeline, street(scene.frames % 50), scene.at)
        looks.tick(scene.at)
    assert len(reported) <= 1
    return reported[0] if reported else None


@pytest.mark.parametrize(
    ("zone", "hazard", "things", "state"),
    [
        (NO_STOPPING, Hazard.ILLEGAL_PARKING, [car()], "still_there"),
        (NO_STOPPING, Hazard.ILLEGAL_PARKING, [], "cleared"),
        (WATCH, Hazard.TRASH, [bag()], "still_there"),
        (WATCH, Hazard.TRASH, [car()], "cleared"),
    ],
)
def test_what_stands_in_the_zone_decides(
    zone: dict[str, object], hazard: Hazard, things: list[tuple[str, float, Box]], state: str
) -> None:
    scene = Scene(zone)
    scene.passes(5)
    scene.fake.see(*things)
    answer = answer_of(scene, a_recheck_request(hazard))
    assert answer is not None
    assert (answer.found.state, answer.found.frames) == (state, 5)
    assert answer.evidence is not None
    assert answer.evidence.redacted


def test_another_car_on_another_spot_does_not_hold_a_task_open() -> None:
    scene = Scene(NO_STOPPING)
    scene.passes(5)
    scene.fake.see(car(0.7, 0.7))
    answer = answer_of(scene, a_recheck_request(Hazard.ILLEGAL_PARKING, box=Box(0.1, 0.1, 0.3, 0.3)))
    assert answer is not None
    assert answer.found.state == "cleared"


@pytest.mark.parametrize(("surface", "state"), [(0.5, "still_there"), (1.0, "cleared")])
def test_water_on_the_road_decides(surface: float, state: str) -> None:
    scene = Scene(ROAD)
    scene.passes(5)
    scene.fake.water.surface = surface
    answer = answer_of(scene, a_recheck_request(Hazard.FLOODING))
    assert answer is not None
    assert answer.found.state == state
    assert answer.found.water_share is not None


def test_a_missing_zone_and_models_that_do_not_answer_are_no_clear_street() -> None:
    scene = Scene(NO_STOPPING)
    scene.passes(5)
    gone = answer_of(scene, a_recheck_request(Hazard.ILLEGAL_PARKING, zone="elsewhere"))
    assert gone is not None
    assert (gone.found.state, gone.found.reason) == ("cannot_see", "no_such_zone")
    scene.fake.detector.broken = True
    blind = answer_of(scene, a_recheck_request(Hazard.ILLEGAL_PARKING))
    assert blind is not None
    assert (blind.found.state, blind.found.reason) == ("cannot_see", "no_answer")


def test_a_recheck_whose_time_is_over_is_late_and_one_without_frames_has_none() -> None:
    scene = Scene(NO_STOPPING)
    scene.passes(5)
    delayed = answer_of(scene, a_recheck_request(Hazard.ILLEGAL_PARKING, seconds=2))
    assert delayed is not None
    assert delayed.found.reason == "late"
    looks, reported = RecheckQueue(), list[RecheckAnswer]()
    looks.request(a_recheck_request(Hazard.ILLEGAL_PARKING), reported.append, now=scene.at)
    looks.tick(scene.at)
    looks.tick(scene.at + timedelta(seconds=16))
    assert [answer.found.reason for answer in reported] == ["no_frames"]


def test_too_many_looks_at_once_are_refused() -> None:
    looks, reported = RecheckQueue(), list[RecheckAnswer]()
    for _ in range(MOST_WAITING + 1):
        looks.request(a_recheck_request(Hazard.TRASH), reported.append, now=START)
    assert [answer.found.reason for answer in reported] == ["busy"]


class FakeRecheckCamera:
    """Answers at once with what a test says."""

    def __init__(self) -> None:
        self.requested: list[UUID] = []

    def recheck(self, request: RecheckRequest, notify: object) -> None:
        self.requested.append(request.look_id)


def test_a_recheck_is_accepted_once_and_a_missing_camera_is_reported() -> None:
    stored: list[Parcel] = []
    camera = FakeRecheckCamera()
    cameras: dict[str, CameraRunner] = {"cam-1": camera}  # type: ignore[dict-item]
    recheck_service = RecheckHandler("node-a", cameras.__getitem__, stored.extend, clock=lambda: START)
    command = RecheckCamera(look_id=uuid4(), camera="cam-1", hazard=Hazard.TRASH, deadline=START + timedelta(minutes=1))
    recheck_service.begin(command)
    assert "before" in recheck_service.begin(command)
    assert camera.requested == [command.look_id]
    recheck_service.begin(command.model_copy(update={"look_id": uuid4(), "camera": "cam-9"}))
    (parcel,) = stored
    assert (parcel.model, parcel.fields["reason"]) == (LookAnswerMessage, "no_such_camera")
