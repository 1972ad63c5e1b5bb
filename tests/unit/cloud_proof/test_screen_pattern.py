"""Photos that were taken from a screen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.support.proof_photos import ImageArray, a_scene, as_photo

from siaga_cloud.platform.media.photo_hash import NotAnImageError
from siaga_cloud.platform.media.screen_pattern import screen_peaks
from siaga_core.rules.verification.checks import ProofLimits

LIMIT = ProofLimits().screen_peaks
STRIDE = 4


def on_a_screen(image: ImageArray, seed: int) -> ImageArray:
    """A camera sees an LCD from slightly aside: red, green and blue stripes with gaps, blurred and sampled anew."""
    chance = np.random.default_rng(seed)
    large = cv2.resize(image, None, fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    rows, columns = large.shape[:2]
    lit = np.zeros_like(large)
    for channel, offset in ((2, 0), (1, 1), (0, 2)):
        lit[:, offset::STRIDE, channel] = 1
    lit *= (np.arange(rows) % STRIDE < STRIDE - 1)[:, None, None]
    width, height = 1440, 1080
    here = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    there = np.array([[0, 0], [width, 0], [width, height], [0, height]]) * chance.uniform(0.93, 1.08)
    there = (there + chance.uniform(-40, 40, (4, 2))).astype(np.float32)
    seen = cv2.warpPerspective(
        cv2.GaussianBlur(large * lit, (0, 0), 1.0), cv2.getPerspectiveTransform(here, there), (width, height)
    )
    bright = cv2.GaussianBlur(seen, (0, 0), 0.7) * 255 / np.percentile(seen, 99.5)
    return np.asarray(np.clip(bright + chance.normal(0, 3, seen.shape), 0, 255), np.uint8)


@pytest.mark.parametrize("seed", [61, 62, 63])
def test_a_screen_has_a_pattern_and_a_scene_has_none(seed: int) -> None:
    scene = a_scene(seed, width=1440, height=1080)
    shown, seen = screen_peaks(as_photo(on_a_screen(a_scene(seed), seed))), screen_peaks(as_photo(scene))
    assert shown is not None
    assert seen is not None
    assert seen < LIMIT < shown


def test_what_is_too_small_or_no_photo_has_no_figure() -> None:
    assert screen_peaks(as_photo(a_scene(1))) is None
    assert screen_peaks(as_photo(np.full((600, 600, 3), 90, np.uint8))) is not None
    with pytest.raises(NotAnImageError):
        screen_peaks(b"no photo")
