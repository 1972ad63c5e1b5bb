from __future__ import annotations

import cv2
import numpy as np
import pytest

from siaga_core.rules.geometry import Box
from siaga_core.vision.anonymise import PHOTO_FLOOR, photo_detections, redacted
from siaga_core.vision.detections import Detection


def _chequered(width: int = 200, height: int = 200, square: int = 2) -> np.ndarray:
    tile = np.indices((height, width)).sum(axis=0) // square % 2 * 255
    return np.repeat(tile[:, :, None], 3, axis=2).astype(np.uint8)


def _found(label: str, box: Box, score: float = 0.5) -> Detection:
    return Detection(label=label, score=score, box=box)


@pytest.mark.parametrize("label", ["person", "motorcycle", "bicycle"])
def test_all_of_a_person_or_rider_loses_its_detail_and_the_rest_retains_it(label: str) -> None:
    image = _chequered()
    covered = redacted(image, [_found(label, Box(50, 50, 100, 150))])
    assert covered[55:95, 55:95].std() < 40  # from 127
    assert np.array_equal(covered[:, 110:], image[:, 110:])
    assert image[55:95, 55:95].std() > 120  # the given picture is left as it was


def test_the_plate_of_a_car_cannot_be_read_and_its_roof_remains() -> None:
    image = np.full((300, 400, 3), 90, np.uint8)
    cv2.putText(image, "B 1234 XYZ", (150, 240), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    cv2.putText(image, "ROOF", (150, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    covered = redacted(image, [_found("car", Box(50, 60, 350, 280))])
    plate = covered[220:245, 150:290].astype(int)
    steps = np.abs(np.diff(plate[:, :, 0], axis=1)) > 0
    assert steps.any(axis=0).sum() <= 12  # block edges only, against some sixty strokes of ten letters
    assert np.array_equal(covered[70:110], image[70:110])


def test_doubtful_people_are_hidden_too_but_not_every_shadow() -> None:
    image = _chequered()
    box = Box(20, 20, 120, 180)
    assert not np.array_equal(redacted(image, [_found("person", box, 0.2)]), image)
    assert np.array_equal(redacted(image, [_found("person", box, 0.1)]), image)


@pytest.mark.parametrize("box", [Box(-20, -20, 10, 10), Box(190, 190, 260, 260), Box(10, 10, 11, 11), Box(5, 5, 5, 5)])
def test_boxes_at_the_edge_and_tiny_ones_are_survived(box: Box) -> None:
    assert redacted(_chequered(), [_found("person", box)]).shape == (200, 200, 3)


def test_a_tiny_person_is_made_coarse_as_well() -> None:
    covered = redacted(_chequered(), [_found("person", Box(100, 100, 110, 130))])
    assert covered[102:128, 101:109].std() < 60


@pytest.mark.parametrize(("label", "box"), [("person", Box(20, 20, 80, 180)), ("motorcycle", Box(20, 20, 90, 100))])
def test_across_a_face_no_more_than_three_samples_are_left(label: str, box: Box) -> None:
    dice = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    covered = redacted(dice, [_found(label, box)]).astype(int)
    width = box.x2 - box.x1
    face = covered[30:50, int(box.x1 + width * 0.35) : int(box.x1 + width * 0.65)]  # a third of the shoulders
    assert len(np.unique(face[:, :, 0], axis=1).T) <= 4  # three blocks and the parts of one at each side
    assert covered[30:50, 30:70].std() < 0.35 * dice[30:50, 30:70].std()


def test_across_a_plate_two_texts_differ_by_a_fraction_of_what_they_did() -> None:
    def plates(text: str) -> tuple[np.ndarray, np.ndarray]:
        image = np.full((300, 400, 3), 90, np.uint8)
        cv2.putText(image, text, (170, 236), cv2.FONT_HERSHEY_SIMPLEX, 0.34, (255, 255, 255), 1)
        covered = redacted(image, [_found("car", Box(60, 60, 350, 280))])
        return image[220:240, 165:250].astype(float), covered[220:240, 165:250].astype(float)

    clear_a, coarse_a = plates("B 1234 XYZ")
    clear_b, coarse_b = plates("D 9876 QWE")
    assert np.abs(coarse_a - coarse_b).mean() < 0.15 * np.abs(clear_a - clear_b).mean()


class _CornerDetector:
    """Finds a small person at 10, 20 of whatever it is shown, and trash; remembers the sizes."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    @property
    def thresholds(self) -> dict[str, float]:
        return {"person": 0.5, "trash": 0.5}

    def detect(self, image: np.ndarray, *, floor: float) -> tuple[Detection, ...]:
        assert floor == PHOTO_FLOOR
        self.sizes.append((image.shape[1], image.shape[0]))
        return (_found("person", Box(10, 20, 30, 60), 0.12), _found("trash", Box(0, 0, 9, 9)))


def test_a_photo_is_looked_at_whole_and_in_four_quarters_that_overlap() -> None:
    detector = _CornerDetector()
    found = photo_detections(_chequered(640, 480), detector)
    assert detector.sizes == [(640, 480)] + [(352, 264)] * 4
    corners = [(0, 0), (0, 0), (0, 216), (288, 0), (288, 216)]
    assert [one.box for one in found] == [Box(10 + x, 20 + y, 30 + x, 60 + y) for x, y in corners]


def test_a_small_photo_is_looked_at_once_and_little_certainty_is_enough() -> None:
    detector, image = _CornerDetector(), _chequered(200, 100)
    found = photo_detections(image, detector)
    assert detector.sizes == [(200, 100)]
    assert not np.array_equal(redacted(image, found, floor=PHOTO_FLOOR), image)
    assert np.array_equal(redacted(image, found), image)  # a camera's floor is higher
