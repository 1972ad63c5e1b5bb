"""Passing traffic is never parked, however seldom a node looks, and a node that looks too seldom says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, street

from siaga_core.rules.geometry import Box
from siaga_core.vision.image import Image
from siaga_core.wire.messages import EventState, ViewDetails
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
SPOT = Box(0.4, 0.4, 0.6, 0.6)


def _camera(allowed: float, **changes: object) -> CameraSettings:
    zone = {
        "id": "kerb",
        "kind": "no_stopping",
        "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]],
        "allowed_seconds": allowed,
        **changes,
    }
    place = {"lat": -6.2, "lon": 106.8}
    return CameraSettings.model_validate({"id": "cam-1", "url": "rtsp://camera/1", "place": place, "zone": [zone]})


def _with_car(image: Image, seed: int) -> Image:
    """A car of its own pattern on the spot."""
    pattern = np.random.default_rng(seed).integers(0, 255, (5, 7, 3), np.uint8)
    image[72:108, 128:192] = cv2.resize(pattern, (64, 36), interpolation=cv2.INTER_CUBIC)
    return image


def _played(
    *, every: float, allowed: float, seconds: float, is_one_car: bool
) -> tuple[CameraPipeline, list[EventDraft]]:
    """A frame each `every` seconds shows a car on the spot: the same one, or another each time."""
    fake = FakeModels()
    fake.see(("car", 0.8, SPOT))
    pipeline, drafts = CameraPipeline(_camera(allowed), fake.vision_models()), []
    for number in range(round(seconds / every)):
        frame = _with_car(street(number % 50), 0 if is_one_car else number)
        drafts += pipeline.step(frame, START + timedelta(seconds=number * every))
    return pipeline, drafts


def _states(drafts: list[EventDraft]) -> set[tuple[str, EventState]]:
    return {(draft.hazard.value, draft.state) for draft in drafts}


@pytest.mark.parametrize("allowed", [4, 10, 40])
@pytest.mark.parametrize("every", [0.5, 1, 2, 3, 5])
def test_cars_that_pass_are_not_parked_at_any_look_rate(every: float, allowed: float) -> None:
    _, drafts = _played(every=every, allowed=allowed, seconds=2 * allowed + 10, is_one_car=False)
    assert not [draft for draft in drafts if draft.hazard.value == "illegal_parking"]


def test_a_car_that_stands_is_parked_where_looks_are_often_enough() -> None:
    _, drafts = _played(every=0.5, allowed=10, seconds=13, is_one_car=True)
    assert _states(drafts) == {("illegal_parking", EventState.BEGAN)}


@pytest.mark.parametrize("every", [4, 5])
def test_where_they_are_not_the_zone_is_unknown_and_the_camera_behind_within_ten_seconds(every: float) -> None:
    pipeline, drafts = _played(every=every, allowed=10, seconds=11, is_one_car=True)
    (draft,) = drafts
    assert isinstance(draft.details, ViewDetails)
    assert (draft.details.reason, draft.zone, draft.state) == ("too_slow", "kerb", EventState.BEGAN)
    assert (draft.at - START).total_seconds() <= 10
    assert pipeline.slow_since is not None
    assert pipeline.look_rate is not None
    assert pipeline.look_rate.is_behind


def test_it_is_known_again_when_looks_are_often_enough() -> None:
    fake = FakeModels()
    pipeline, drafts, at = CameraPipeline(_camera(10), fake.vision_models()), [], START
    for number, gap in enumerate([4.0] * 5 + [0.5] * 16):
        at += timedelta(seconds=gap)
        drafts += pipeline.step(street(number), at)
    assert [(draft.hazard.value, draft.state) for draft in drafts] == [
        ("view_lost", EventState.BEGAN),
        ("view_lost", EventState.ENDED),
    ]
    assert pipeline.slow_since is None
    assert pipeline.look_rate is not None
    assert not pipeline.look_rate.is_behind


def test_a_zone_that_is_not_watched_at_this_hour_is_not_unknown() -> None:
    fake, at = FakeModels(), START
    drafts: list[EventDraft] = []
    hours = [{"from": "09:00", "to": "10:01"}]
    pipeline = CameraPipeline(_camera(10, active=hours), fake.vision_models())
    for number in range(14):  # from 10:00 in Jakarta
        drafts += pipeline.step(street(number), at)
        at += timedelta(seconds=5)
    assert [(draft.hazard.value, draft.state) for draft in drafts] == [
        ("view_lost", EventState.BEGAN),
        ("view_lost", EventState.ENDED),
    ]
    assert pipeline.slow_since is None


def test_a_vehicle_in_a_scene_without_motion_is_looked_at_often_before_it_is_reported() -> None:
    fake, at = FakeModels(), START
    looks: list[float] = []
    fake.see(("car", 0.8, SPOT))
    pipeline, frame = CameraPipeline(_camera(20), fake.vision_models()), _with_car(street(0), 0)
    drafts: list[EventDraft] = []
    while not drafts:
        before = pipeline.counts.detected
        drafts = pipeline.step(frame, at)
        looks += [(at - START).total_seconds()] * (pipeline.counts.detected - before)
        at += timedelta(seconds=0.2)
    assert (drafts[0].hazard.value, round(looks[-1], 1)) == ("illegal_parking", 20.2)
    assert len([second for second in looks if second >= 18]) >= 4
    assert len([second for second in looks if second < 17]) <= 8
