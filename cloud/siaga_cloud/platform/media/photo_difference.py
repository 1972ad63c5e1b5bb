"""Compares two photos of one view pixel by pixel: whether one was made from the other, and how much has changed.

Two photos that were captured at different times differ everywhere a little: noise, light, a hand that moved. A copy
that was saved again, cropped, mirrored, turned, brightened or retouched does not, where it was not retouched. So the
second photo is laid over the first one by the corners of both, its brightness is fitted, and what remains is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_cloud.platform.media.photo_hash import Grey
from siaga_cloud.platform.media.same_scene import decoded, homography

LEAST_INLIERS: Final = 18
_LEAST_OVERLAP: Final = 0.2
_CHANGED_LEVELS: Final = 18.0
_UNSATURATED: Final = (6, 249)
_FIT_ROUNDS: Final = 4
_SURELY_NEW: Final = 4.0
_REFINING_ROUNDS: Final = 25
_FIT_SHARE: Final = 70  # percent of the pixels that fit best: what has changed must not bend the fit
Real = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoDifference:
    """Holds what remains after one photo was laid over another: the typical difference in grey levels where nothing
    has changed, and the share of the common view that has changed.
    """

    residual: float
    changed_share: float
    is_mirrored: bool


def difference(earlier: bytes, later: bytes) -> PhotoDifference | None:
    """Compare two JPEGs, also mirrored; None where too little of one is found in the other.

    Raises `NotAnImageError`.
    """
    before, after = decoded(earlier), decoded(later)
    best: tuple[int, bool, Grey, NDArray[np.float64]] | None = None
    for is_mirrored in (False, True):
        view = np.ascontiguousarray(before[:, ::-1]) if is_mirrored else before
        found = homography(view, after)
        if found is not None and found.inliers >= LEAST_INLIERS and (best is None or found.inliers > best[0]):
            best = found.inliers, is_mirrored, view, found.matrix
    if best is None:
        return None
    _, is_mirrored, view, matrix = best
    coarse = _remainder(view, after, matrix, is_mirrored=is_mirrored)
    if coarse is None or coarse.residual > _SURELY_NEW:
        return coarse
    return _remainder(view, after, _refined(view, after, matrix), is_mirrored=is_mirrored)


def _refined(before: Grey, after: Grey, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay the photos over one another to fractions of a pixel: corners alone leave a copy too different from itself."""
    inverse = np.linalg.inv(matrix)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _REFINING_ROUNDS, 1e-5)
    start = np.asarray(inverse / inverse[2, 2], np.float32)
    everything = np.full(before.shape, 255, np.uint8)
    try:
        _, found = cv2.findTransformECC(after, before, start, cv2.MOTION_HOMOGRAPHY, stop, everything, 5)
    except cv2.error:  # it does not converge; the corners stay the best that is known
        return matrix
    return np.asarray(np.linalg.inv(np.asarray(found, np.float64)), np.float64)


def _remainder(before: Grey, after: Grey, matrix: NDArray[np.float64], *, is_mirrored: bool) -> PhotoDifference | None:
    height, width = after.shape
    laid = np.asarray(cv2.warpPerspective(before, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
    common = _common(before, laid, after, matrix)
    if common.mean() < _LEAST_OVERLAP:
        return None
    fitted, target = _fitted(laid.astype(np.float32), after.astype(np.float32), common)
    fine = np.abs(cv2.GaussianBlur(target - fitted, (0, 0), 1.2))
    coarse = cv2.blur(cv2.GaussianBlur(target, (0, 0), 2) - cv2.GaussianBlur(fitted, (0, 0), 2), (9, 9))
    changed = (np.abs(coarse) > _CHANGED_LEVELS) & common
    unchanged = common & ~changed
    if not unchanged.any():
        return PhotoDifference(residual=255.0, changed_share=1.0, is_mirrored=is_mirrored)
    return PhotoDifference(
        residual=round(float(np.median(fine[unchanged])), 2),
        changed_share=round(float(changed.sum() / common.sum()), 4),
        is_mirrored=is_mirrored,
    )


def _common(before: Grey, laid: Grey, after: Grey, matrix: NDArray[np.float64]) -> Mask:
    """Where both photos have pixels, and neither is too bright or too dark to be compared."""
    height, width = after.shape
    covered = cv2.warpPerspective(np.full(before.shape, 255, np.uint8), matrix, (width, height))
    inner = cv2.erode((covered > 250).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    low, high = _UNSATURATED
    usable = inner & (laid >= low) & (laid <= high) & (after >= low) & (after <= high)
    return np.asarray(usable, np.bool_)


def _fitted(laid: Real, after: Real, common: Mask) -> tuple[Real, Real]:
    """Give the earlier photo the brightness and contrast of the later one, by what has not changed."""
    x, y = laid[common], after[common]
    gain, offset = 1.0, 0.0
    fits = np.ones(len(x), np.bool_)
    for _ in range(_FIT_ROUNDS):
        terms = np.stack([x[fits], np.ones(int(fits.sum()), np.float32)], 1)
        (gain, offset), *_ = np.linalg.lstsq(terms, y[fits], rcond=None)
        away = np.abs(y - gain * x - offset)
        fits = away <= np.percentile(away, _FIT_SHARE)
    return np.asarray(gain * laid + offset, np.float32), after
