"""A thing is known by what still shows of it beside what stands before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels, street

from siaga_core.rules.geometry import Box
from siaga_core.vision.image import Image
from siaga_core.wire.messages import EventState
from siaga_edge.camera.detection.likeness import Comparison, Likeness, compared, likeness_of, remains_visible
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings

PILE = Box(0.4, 0.5, 0.6, 0.7)
AT_ITS_EDGE = Box(0.30, 0.4, 0.45, 0.8)
BESIDE = Box(0.7, 0.3, 0.8, 0.7)
BEFORE_MOST = Box(0.38, 0.4, 0.56, 0.8)


def pavement(seed: int = 1) -> Image:
    return street(seed, width=640, height=360)


def with_pile(image: Image, *, seed: int = 7) -> Image:
    """Bags of other greys on the pavement."""
    chance = np.random.default_rng(seed)
    for _ in range(40):
        middle = (int(chance.integers(262, 378)), int(chance.integers(186, 246)))
        cv2.circle(image, middle, 9, [int(value) for value in chance.integers(20, 230, 3)], cv2.FILLED)
    return image


def with_person(image: Image, node: Box) -> Image:
    first, last = ((round(x * 640), round(y * 360)) for x, y in ((node.x1, node.y1), (node.x2, node.y2)))
    cv2.rectangle(image, first, last, (90, 40, 20), cv2.FILLED)
    return image


def known() -> Likeness:
    remembered = likeness_of(with_pile(pavement()), PILE, [BESIDE])
    assert remembered is not None
    return remembered


def test_a_pile_behind_a_standing_person_is_known() -> None:
    now = with_person(with_pile(pavement(2)), AT_ITS_EDGE)
    assert remains_visible(known(), now, [AT_ITS_EDGE])


def test_in_other_light_too() -> None:
    darker = (with_person(with_pile(pavement(2)), AT_ITS_EDGE) * 0.6).astype(np.uint8)
    assert remains_visible(known(), darker, [AT_ITS_EDGE])


def test_once_it_was_removed_it_is_not() -> None:
    assert not remains_visible(known(), with_person(pavement(2), AT_ITS_EDGE), [AT_ITS_EDGE])


def test_nor_is_another_pile_in_its_place() -> None:
    other = with_person(with_pile(pavement(2), seed=8), AT_ITS_EDGE)
    assert not remains_visible(known(), other, [AT_ITS_EDGE])


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="nothing stands before it: then the detector should see it"),
        pytest.param([BESIDE], id="somebody stands beside it"),
        pytest.param([BEFORE_MOST], id="too little of it shows"),
    ],
)
def test_nothing_is_decided_about_a_place_that_is_hidden_or_too_small(others: list[Box]) -> None:
    assert not remains_visible(known(), with_pile(pavement(2)), others)


@pytest.mark.parametrize(
    ("image", "node", "others"),
    [
        pytest.param(with_pile(pavement()), PILE, [AT_ITS_EDGE], id="while something covers it"),
        pytest.param(with_pile(pavement()), Box(0.4, 0.5, 0.405, 0.51), [], id="too small"),
        pytest.param(np.full((360, 640, 3), 120, np.uint8), PILE, [], id="without any pattern"),
    ],
)
def test_it_is_not_remembered(image: Image, node: Box, others: list[Box]) -> None:
    assert likeness_of(image, node, others) is None


@pytest.mark.parametrize(
    ("now", "others", "how"),
    [
        pytest.param(with_pile(pavement(2)), [], "recognised", id="it is there"),
        pytest.param(with_person(with_pile(pavement(2)), AT_ITS_EDGE), [AT_ITS_EDGE], "recognised", id="a part of it"),
        pytest.param(pavement(2), [], "changed", id="it is gone"),
        pytest.param(with_pile(pavement(2), seed=8), [], "changed", id="another one"),
        pytest.param(with_pile(pavement(2)), [PILE], None, id="nothing shows"),
    ],
)
def test_a_place_is_compared_with_how_it_looked(now: Image, others: list[Box], how: Comparison | None) -> None:
    assert compared(known(), now, others) == how


def test_in_a_queue_the_part_that_shows_is_compared() -> None:
    first = likeness_of(with_person(with_pile(pavement()), AT_ITS_EDGE), PILE, [AT_ITS_EDGE], most_covered=0.5)
    assert first is not None
    assert compared(first, with_pile(pavement(2)), []) == "recognised"
    assert compared(first, with_pile(pavement(2), seed=8), []) == "changed"


def test_a_few_pixels_show_a_change_but_prove_nothing() -> None:
    small = Box(0.45, 0.55, 0.465, 0.58)
    first = likeness_of(with_pile(pavement()), small, [])
    assert first is not None
    assert compared(first, with_pile(pavement()), []) is None
    assert compared(first, with_pile(pavement(), seed=8), []) == "changed"


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
        self.pipeline = CameraPipeline(CameraSettings.model_validate(settings), self.fake.vision_models())
        self.seconds = 0

    def look(self, *, trash_pile: bool, person: bool, times: int) -> list[EventDraft]:
        """The detector knows the heap only while nobody stands before it."""
        seen = [("person", 0.9, AT_ITS_EDGE)] if person else [("trash", 0.8, PILE)] * trash_pile
        self.fake.see(*seen)
        drafts = []
        for _ in range(times):
            image = with_pile(pavement(self.seconds)) if trash_pile else pavement(self.seconds)
            shown = with_person(image, AT_ITS_EDGE) if person else image
            drafts += self.pipeline.step(shown, datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(seconds=self.seconds))
            self.seconds += 1
        return drafts


def test_a_pile_is_reported_although_people_stand_at_its_edge_when_its_time_comes() -> None:
    corner = Corner()
    (began,) = corner.look(trash_pile=True, person=False, times=7) + corner.look(trash_pile=True, person=True, times=8)
    assert began.state is EventState.BEGAN
    (ended,) = corner.look(trash_pile=False, person=True, times=5) + corner.look(
        trash_pile=False, person=False, times=25
    )
    assert (ended.state, ended.key) == (EventState.ENDED, began.key)
    assert ended.ended_at is not None
    assert abs((ended.ended_at - began.at).total_seconds() - 4) <= 2


def test_one_that_is_removed_behind_people_is_not_reported() -> None:
    corner = Corner()
    drafts = corner.look(trash_pile=True, person=False, times=7) + corner.look(trash_pile=False, person=True, times=8)
    assert drafts + corner.look(trash_pile=False, person=False, times=25) == []
