"""A closer look at a part of the picture: which part, what is kept of it, and what becomes of doubles."""

from __future__ import annotations

import pytest
from tests.unit.edge_vision.fake_models import FakeDetector, street

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.detections import Detection
from siaga_edge.camera.detection.zoom import detections_in_crop, merged, region_around, without_mistaken_trash

PILE = Box(100, 100, 140, 130)


def _polygon(x1: float, y1: float, x2: float, y2: float) -> list[Point]:
    return [Point(x1, y1), Point(x2, y1), Point(x2, y2), Point(x1, y2)]


def _found(label: str, score: float, box: Box = PILE) -> Detection:
    return Detection(label=label, score=score, box=box)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param((0.4, 0.4, 0.8, 0.6), (0.34, 0.24, 0.86, 0.76), id="the wider side decides"),
        pytest.param((0.45, 0.45, 0.55, 0.55), (0.35, 0.35, 0.65, 0.65), id="not closer than there are pixels"),
        pytest.param((0.0, 0.8, 0.2, 1.0), (0.0, 0.7, 0.3, 1.0), id="moved into the picture at a corner"),
    ],
)
def test_the_part_is_a_square_of_shares_around_the_zone(zone: tuple[float, ...], expected: tuple[float, ...]) -> None:
    part = region_around(_polygon(*zone))
    assert part is not None
    assert (part.x1, part.y1, part.x2, part.y2) == pytest.approx(expected)


def test_a_zone_over_most_of_the_frame_needs_no_crop() -> None:
    assert region_around(_polygon(0.1, 0.3, 0.9, 1.0)) is None


def test_boxes_come_back_in_the_pixels_of_the_whole_image() -> None:
    # The fake sees its thing at the same shares of whatever it is shown
    detector = FakeDetector(things=[("trash", 0.6, Box(0.25, 0.25, 0.5, 0.5))])
    (found,) = detections_in_crop(detector, street(), Box(0.5, 0.5, 1.0, 1.0), floor=0.1)
    assert found.box == Box(160 + 40, 90 + 22.5, 160 + 80, 90 + 45)


@pytest.mark.parametrize(
    ("part", "stored"),
    [
        pytest.param(Box(0.5, 0.5, 1.0, 1.0), False, id="cut by the part's edge"),
        pytest.param(Box(0.0, 0.5, 0.5, 1.0), True, id="cut by the picture's own edge"),
    ],
)
def test_a_thing_that_the_part_cuts_is_left_out(part: Box, *, stored: bool) -> None:
    detector = FakeDetector(things=[("car", 0.9, Box(0.0, 0.3, 0.4, 0.7))])
    assert bool(detections_in_crop(detector, street(), part, floor=0.1)) is stored


def test_of_one_thing_in_two_looks_the_surer_box_remains() -> None:
    nearly = Box(101, 101, 141, 131)
    both = merged([_found("car", 0.4)], [[_found("truck", 0.8, nearly)]])
    assert both == (_found("truck", 0.8, nearly),)


def test_things_of_one_look_and_of_other_kinds_all_remain() -> None:
    person, car, double = _found("person", 0.5), _found("car", 0.9), _found("car", 0.7)
    assert merged([car, double], [[person]]) == (car, double, person)


@pytest.mark.parametrize(
    ("other", "remains"),
    [
        pytest.param(_found("motorcycle", 0.2), False, id="half as surely a scooter"),
        pytest.param(_found("motorcycle", 0.19), True, id="hardly a scooter"),
        pytest.param(_found("motorcycle", 0.9, Box(130, 100, 170, 130)), True, id="a scooter beside it"),
        pytest.param(_found("trash", 0.9), True, id="more trash"),
    ],
)
def test_trash_that_is_rather_something_else_is_left_out(other: Detection, *, remains: bool) -> None:
    trash_detections = _found("trash", 0.4)
    assert (trash_detections in without_mistaken_trash([trash_detections, other])) is remains
    assert other in without_mistaken_trash([trash_detections, other])
