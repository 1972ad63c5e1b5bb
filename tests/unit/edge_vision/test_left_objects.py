"""What somebody left on the ground is found whatever it is; shadows and what was taken away are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from tests.unit.edge_vision.fake_models import FakeModels

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.image import Image
from siaga_edge.camera.detection.left_objects import LeftObject, LeftObjects, Sightings
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
ZONE = (Point(0, 0.3), Point(1, 0.3), Point(1, 1), Point(0, 1))
PERSON = Box(0.45, 0.3, 0.55, 0.75)


def _pavement(seed: int, *, light: float = 1.0) -> Image:
    chance = np.random.default_rng(seed)
    stones = np.full((180, 320, 3), 120.0)
    stones[::20] -= 15
    stones[:, ::32] -= 15
    return np.asarray(np.clip(stones * light + chance.normal(0, 3, stones.shape), 0, 255), np.uint8)


def _with_tin(image: Image, *, at: tuple[int, int] = (160, 130)) -> Image:
    cv2.rectangle(image, (at[0] - 4, at[1] - 5), (at[0] + 4, at[1] + 5), (30, 30, 170), cv2.FILLED)
    return image


class Plaza:
    """A watched plaza, two looks a second."""

    def __init__(self) -> None:
        self.left, self.looks = LeftObjects(ZONE), 0

    def look(self, image: Image, *people: Box, times: int = 1, others: Sequence[Box] = ()) -> list[LeftObject]:
        found: list[LeftObject] = []
        for _ in range(times):
            at = START + timedelta(seconds=self.looks / 2)
            noise = np.random.default_rng(self.looks).integers(-3, 4, image.shape)
            shown = np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)
            found = self.left.step(shown, at, covered=[*people, *others], movers=people, open_boxes=())
            self.looks += 1
        return found


def test_a_tin_that_somebody_puts_down_is_found_and_one_thing() -> None:
    plaza = Plaza()
    assert plaza.look(_pavement(1), times=6) == []
    assert plaza.look(_with_tin(_pavement(1)), PERSON, times=4) == []
    first, later = plaza.look(_with_tin(_pavement(1)), times=3), plaza.look(_with_tin(_pavement(1)), times=20)
    assert [thing.number for thing in first] == [thing.number for thing in later] == [1]
    box = first[0].box
    assert (box.x1, box.y2) == pytest.approx((156 / 320, 136 / 180), abs=0.02)


def test_luggage_beside_the_one_who_waits_with_it_is_not_left_until_they_go() -> None:
    plaza, beside = Plaza(), _with_tin(_pavement(1), at=(190, 130))
    plaza.look(_pavement(1), times=6)
    assert plaza.look(beside, PERSON, times=40) == []
    (left,) = plaza.look(beside, times=2)
    # Others who pass by do not own it.
    assert [thing.number for thing in plaza.look(beside, PERSON, times=4)] == [left.number]


def test_until_somebody_removes_it() -> None:
    plaza = Plaza()
    plaza.look(_pavement(1), times=6)
    plaza.look(_with_tin(_pavement(1)), PERSON, times=4)
    assert plaza.look(_with_tin(_pavement(1)), times=5)
    assert plaza.look(_pavement(1), times=3) == []


def test_what_appears_where_nobody_was_is_not_left_by_anybody() -> None:
    plaza = Plaza()
    plaza.look(_pavement(1), times=6)
    assert plaza.look(_with_tin(_pavement(1)), times=10) == []


def test_the_ground_under_what_was_removed_is_no_object() -> None:
    plaza = Plaza()
    plaza.look(_with_tin(_pavement(1)), times=6)
    plaza.look(_pavement(1), PERSON, times=4)
    assert plaza.look(_pavement(1), times=10) == []


def test_where_somebody_stood_from_the_first_look_the_ground_is_learned_when_they_go() -> None:
    plaza = Plaza()
    plaza.look(_with_tin(_pavement(1)), PERSON, times=6)
    assert plaza.look(_with_tin(_pavement(1)), times=10) == []


def test_a_shadow_is_no_object() -> None:
    plaza = Plaza()
    plaza.look(_pavement(1), times=6)
    shaded = _pavement(1)
    shaded[100:150, 130:200] = (shaded[100:150, 130:200] * 0.65).astype(np.uint8)
    plaza.look(shaded, PERSON, times=4)
    assert plaza.look(shaded, times=10) == []


def test_light_that_changes_over_all_is_none() -> None:
    plaza = Plaza()
    plaza.look(_pavement(1), PERSON, times=6)
    plaza.look(_pavement(1), times=6)
    assert plaza.look(_pavement(1, light=1.35), times=6) == []
    assert plaza.look(_pavement(1, light=0.3), times=6) == []


@pytest.mark.parametrize(
    ("looks", "are_steady"),
    [("s", True), ("sms", True), ("smms", False), ("shhhs", True), ("msss", True), ("h", False)],
)
def test_what_shows_in_some_of_its_looks_only_is_none(looks: str, *, are_steady: bool) -> None:
    """Seen, missed though nothing hid it, or hidden."""
    sightings = Sightings()
    for look in looks:
        sightings.count([1], {1} if look == "s" else set(), {1} if look != "h" else set())
    assert sightings.are_steady(1) == are_steady
    assert not sightings.are_steady(2)


def test_the_minutes_of_a_burned_in_clock_are_none() -> None:
    plaza = Plaza()
    for second in range(80):
        shown = _pavement(1)
        cv2.putText(shown, f"10:{second // 30:02}:{second % 60:02}", (60, 150), 0, 0.5, (255, 255, 255), 1)
        beside = [PERSON] if 20 <= second < 24 else []
        for _ in range(2):
            found = plaza.look(shown, *beside)
            assert not found or second < 12
    # What is left elsewhere is found all the same.
    plaza.look(_with_tin(shown, at=(170, 100)), PERSON, times=4)
    assert plaza.look(shown, times=3)


def test_leaves_that_move_by_themselves_are_none() -> None:
    plaza = Plaza()
    plaza.look(_pavement(1), PERSON, times=4)
    found = [plaza.look(_with_tin(_pavement(1)) if number // 2 % 2 else _pavement(1), times=1) for number in range(40)][
        20:
    ]
    assert not any(found)


def _drafts(*phases: tuple[bool, bool, int], more: bool = False) -> list[EventDraft]:
    """Whether a tin lies there, whether a person stands there, for how many seconds; five frames a second."""
    zone = {"id": "plaza", "kind": "watch", "polygon": [[0, 0.3], [1, 0.3], [1, 1], [0, 1]], "allowed_seconds": 8}
    place = {"lat": -6.2, "lon": 106.8}
    camera = {"id": "cam-1", "url": "rtsp://camera/1", "place": place, "zone": [zone]}
    fake, drafts, number = FakeModels(), [], 0
    pipeline = CameraPipeline(CameraSettings.model_validate(camera), fake.vision_models())
    for tin, person, seconds in phases:
        fake.see(*[("person", 0.9, PERSON)] * person)
        for _ in range(seconds * 5):
            image = _pavement(number % 40)
            if tin:
                _with_tin(image)
            if tin and more:
                _with_tin(image, at=(185, 120))
            drafts += pipeline.step(image, START + timedelta(seconds=number / 5))
            number += 1
    return drafts


@pytest.mark.parametrize("more", [False, True])
def test_a_zone_reports_what_was_left_once_it_stayed(*, more: bool) -> None:
    drafts = _drafts((False, False, 3), (True, True, 3), (True, False, 20), more=more)
    (began,) = drafts
    assert (began.hazard.value, began.state.value) == ("trash", "began")
    assert 8 <= (began.at - START).total_seconds() - 6 <= 10


def test_and_that_it_is_gone() -> None:
    drafts = _drafts((False, False, 3), (True, True, 3), (True, False, 12), (False, True, 2), (False, False, 30))
    assert [draft.state.value for draft in drafts] == ["began", "ended"]


def test_but_not_what_somebody_removes_in_time() -> None:
    assert _drafts((False, False, 3), (True, True, 3), (True, False, 5), (False, True, 2), (False, False, 12)) == []
