"""A thing is known by what still shows of it beside what stands before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, street

from siaga_core.rules.geometry import Box
from siaga_core.wire.messages import EventState
from siaga_edge.camera.detection.likeness import Likeness, likeness_of, still_shows
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings
from siaga_edge.vision.image import Image

HEAP = Box(0.4, 0.5, 0.6, 0.7)
AT_ITS_EDGE = Box(0.30, 0.4, 0.45, 0.8)
BESIDE = Box(0.7, 0.3, 0.8, 0.7)
BEFORE_MOST = Box(0.38, 0.4, 0.56, 0.8)


def pavement(seed: int = 1) -> Image:
    return street(seed, width=640, height=360)


def with_heap(picture: Image, *, seed: int = 7) -> Image:
    """Bags of other greys on the pavement."""
    chance = np.random.default_rng(seed)
    for _ in range(40):
        middle = (int(chance.integers(262, 378)), int(chance.integers(186, 246)))
        cv2.circle(picture, middle, 9, [int(value) for value in chance.integers(20, 230, 3)], cv2.FILLED)
    return picture


def with_person(picture: Image, box: Box) -> Image:
    first, last = ((round(x * 640), round(y * 360)) for x, y in ((box.x1, box.y1), (box.x2, box.y2)))
    cv2.rectangle(picture, first, last, (90, 40, 20), cv2.FILLED)
    return picture


def known() -> Likeness:
    remembered = likeness_of(with_heap(pavement()), HEAP, [BESIDE])
    assert remembered is not None
    return remembered


def test_a_heap_that_somebody_stands_before_is_known() -> None:
    now = with_person(with_heap(pavement(2)), AT_ITS_EDGE)
    assert still_shows(known(), now, [AT_ITS_EDGE])


def test_in_other_light_too() -> None:
    darker = (with_person(with_heap(pavement(2)), AT_ITS_EDGE) * 0.6).astype(np.uint8)
    assert still_shows(known(), darker, [AT_ITS_EDGE])


def test_once_it_was_taken_away_it_is_not() -> None:
    assert not still_shows(known(), with_person(pavement(2), AT_ITS_EDGE), [AT_ITS_EDGE])


def test_nor_is_another_heap_in_its_place() -> None:
    other = with_person(with_heap(pavement(2), seed=8), AT_ITS_EDGE)
    assert not still_shows(known(), other, [AT_ITS_EDGE])


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nothing stands before it: then the detector should see it"),
        pytest.param([BESIDE], id="somebody stands beside it"),
        pytest.param([BEFORE_MOST], id="too little of it shows"),
    ],
)
def test_nothing_is_said_where(others: list[Box]) -> None:
    assert not still_shows(known(), with_heap(pavement(2)), others)


@pytest.mark.parametrize(
    ("picture", "box", "others"),
    [
        pytest.param(with_heap(pavement()), HEAP, [AT_ITS_EDGE], id="while something covers it"),
        pytest.param(with_heap(pavement()), Box(0.4, 0.5, 0.405, 0.51), [], id="too small"),
        pytest.param(np.full((360, 640, 3), 120, np.uint8), HEAP, [], id="without any pattern"),
    ],
)
def test_it_is_not_remembered(picture: Image, box: Box, others: list[Box]) -> None:
    assert likeness_of(picture, box, others) is None


class Corner:
    """A watched corner, one look a second."""

    def __init__(self) -> None:
        zone = {"id": "corner", "kind": "watch", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "allowed_seconds": 10}
        settings = {
            "id": "cam-1",
            "url": "rtsp://camera/1",
            "place": {"lat": -6.2, "lon": 106.8},
            "zone": [zone],
            "follow_view": False,
        }
        self.fake = FakeModels()
        self.pipeline = CameraPipeline(CameraSettings.model_validate(settings), self.fake.eyes())
        self.seconds = 0

    def look(self, *, heap: bool, person: bool, times: int) -> list[EventDraft]:
        """The detector knows the heap only while nobody stands before it."""
        seen = [("person", 0.9, AT_ITS_EDGE)] if person else [("trash", 0.8, HEAP)] * heap
        self.fake.see(*seen)
        drafts = []
        for _ in range(times):
            picture = with_heap(pavement(self.seconds)) if heap else pavement(self.seconds)
            shown = with_person(picture, AT_ITS_EDGE) if person else picture
            drafts += self.pipeline.step(shown, datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(seconds=self.seconds))
            self.seconds += 1
        return drafts


def test_a_heap_is_told_although_people_stand_at_its_edge_when_its_time_comes() -> None:
    corner = Corner()
    (began,) = corner.look(heap=True, person=False, times=7) + corner.look(heap=True, person=True, times=8)
    assert began.state is EventState.BEGAN
    (ended,) = corner.look(heap=False, person=True, times=5) + corner.look(heap=False, person=False, times=25)
    assert (ended.state, ended.key) == (EventState.ENDED, began.key)
    assert ended.ended_at is not None
    assert abs((ended.ended_at - began.at).total_seconds() - 4) <= 2


def test_one_that_is_taken_away_behind_people_is_not_told() -> None:
    corner = Corner()
    drafts = corner.look(heap=True, person=False, times=7) + corner.look(heap=False, person=True, times=8)
    assert drafts + corner.look(heap=False, person=False, times=25) == []
