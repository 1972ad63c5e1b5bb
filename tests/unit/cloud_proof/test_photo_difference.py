"""Photos of one view: copies, however they were changed, and photos that were captured anew."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from tests.support.proof_photos import ImageArray, a_scene, as_photo

from siaga_cloud.platform.media.photo_difference import PhotoDifference, difference
from siaga_core.rules.verification.checks import ProofLimits, Result, Twin, duplicate

SEEDS = range(40, 43)


def with_trash(seed: int) -> ImageArray:
    """A scene with a pile of waste in the lower middle."""
    image, chance = a_scene(seed).copy(), np.random.default_rng(seed)
    for _ in range(60):
        x, y = int(chance.integers(240, 400)), int(chance.integers(330, 440))
        colour = tuple(int(value) for value in chance.integers(0, 255, 3))
        cv2.circle(image, (x, y), int(chance.integers(5, 16)), colour, -1)
    return image


def captured_anew(image: ImageArray, seed: int) -> ImageArray:
    """As another hand-held camera sees it an hour later: from a step aside, in other light, with noise of its own."""
    chance, (height, width) = np.random.default_rng(seed + 9000), image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + chance.uniform(-0.02, 0.02, (4, 2)).astype(np.float32) * np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    light = np.linspace(0.93, 1.07, width, dtype=np.float32)[None, :, None]
    return np.clip(seen * light + chance.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def judged(earlier: bytes, later: bytes) -> Result:
    found = difference(earlier, later)
    twin = Twin(
        distance=3,
        kind="report",
        residual=found.residual if found else None,
        changed_share=found.changed_share if found else None,
    )
    return duplicate([twin], ProofLimits()).result


def retouched(image: ImageArray) -> ImageArray:
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[310:460, 220:420] = 255
    return cv2.inpaint(image, mask, 5, cv2.INPAINT_TELEA)


def turned(image: ImageArray) -> ImageArray:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1.18)
    return cv2.convertScaleAbs(cv2.warpAffine(image, matrix, (width, height)), alpha=1.1, beta=8)


COPIES: dict[str, Callable[[ImageArray], ImageArray]] = {
    "saved again": lambda image: image,
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "cropped": lambda image: image[30:, 20:],
    "turned, enlarged and brighter": turned,
    "the waste retouched away": retouched,
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_the_photo_from_before_is_found_however_it_was_changed(name: str) -> None:
    found = [judged(as_photo(with_trash(seed)), as_photo(COPIES[name](with_trash(seed)), quality=75)) for seed in SEEDS]
    assert Result.FINE not in found, found


def test_an_honest_photo_of_the_same_view_passes() -> None:
    found = [judged(as_photo(with_trash(seed)), as_photo(captured_anew(a_scene(seed), seed))) for seed in SEEDS]
    assert found.count(Result.FINE) == len(found), found


def test_a_new_photo_on_which_nothing_has_changed_does_not_pass() -> None:
    seed = SEEDS[0]
    image = with_trash(seed)
    noisy = np.clip(image + np.random.default_rng(1).normal(0, 5, image.shape), 0, 255).astype(np.uint8)
    assert judged(as_photo(image), as_photo(noisy)) is not Result.FINE


def test_other_scenes_cannot_be_laid_over_one_another() -> None:
    assert difference(as_photo(a_scene(1)), as_photo(a_scene(2))) is None
    assert difference(as_photo(np.full((80, 80, 3), 90, np.uint8)), as_photo(a_scene(2))) is None


def test_what_has_changed_everywhere_has_no_residual_and_no_overlap_is_no_comparison() -> None:
    seed = SEEDS[0]
    found = difference(as_photo(with_trash(seed)), as_photo(captured_anew(a_scene(seed), seed)))
    assert isinstance(found, PhotoDifference)
    assert 0 < found.changed_share < 0.5
    assert found.residual > ProofLimits().copy_residual
    assert not found.is_mirrored
