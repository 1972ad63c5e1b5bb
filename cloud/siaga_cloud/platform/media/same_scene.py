"""Decides whether two images show one scene by the corners of fixed objects in both (ORB and RANSAC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_cloud.platform.media.photo_hash import Grey, NotAnImageError

SIDE: Final = 720
_POINTS = 1200
_CLEARLY_NEARER = 0.78
_LEAST_PAIRS = 8
_REPROJECTION_PX = 4.0
_NO_SCALE = 1e-9
Points: TypeAlias = tuple[cv2.KeyPoint, ...]
Described: TypeAlias = NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCorrespondence:
    """Counts the corners of each image, and how many of them match as seen from two places."""

    inliers: int
    points_before: int
    points_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Homography:
    """Maps one image onto another, with the number of corners that agree."""

    matrix: NDArray[np.float64]
    inliers: int

    def shift(self, shape: tuple[int, ...]) -> tuple[float, float]:
        """Return how far the middle of an image of this shape moved, in shares of its longer side: right and down."""
        middle = np.array([shape[1] / 2, shape[0] / 2, 1.0])
        x, y, scale = self.matrix @ middle
        if abs(scale) < _NO_SCALE:
            return 0.0, 0.0
        moved = (np.array([x, y]) / scale - middle[:2]) / max(shape)
        return float(moved[0]), float(moved[1])


def matched(before: bytes, after: bytes) -> SceneCorrespondence:
    """Compares two JPEGs; some 50 ms and 20 MB at most. Raises `NotAnImageError`."""
    (points, described), (others, other_described) = _features(decoded(before)), _features(decoded(after))
    found = _homography(points, described, others, other_described)
    return SceneCorrespondence(
        inliers=found.inliers if found is not None else 0, points_before=len(points), points_after=len(others)
    )


def homography(before: Grey, after: Grey) -> Homography | None:
    """Return how one image lies in another; None where too few corners of it are found again."""
    return _homography(*_features(before), *_features(after))


def decoded(jpeg: bytes) -> Grey:
    """Return a JPEG as a grey image of at most `SIDE` pixels; raises `NotAnImageError`."""
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise NotAnImageError("not a picture")
    scale = SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _homography(points: Points, described: Described, others: Points, other_described: Described) -> Homography | None:
    if described is None or other_described is None or min(len(points), len(others)) < _LEAST_PAIRS:
        return None
    pairs = _pairs(described, other_described)
    if len(pairs) < _LEAST_PAIRS:
        return None
    source = np.array([points[left].pt for left, _ in pairs], np.float32)
    target = np.array([others[right].pt for _, right in pairs], np.float32)
    cv2.setRNGSeed(1)  # the same two images always give the same answer
    matrix, mask = cv2.findHomography(source, target, cv2.RANSAC, _REPROJECTION_PX)
    inliers = 0 if mask is None else int(mask.sum())
    return Homography(matrix=np.asarray(matrix, np.float64), inliers=inliers) if inliers else None


def _features(grey: Grey) -> tuple[Points, Described]:
    orb = cv2.ORB_create(nfeatures=_POINTS)  # type: ignore[attr-defined]
    points, described = orb.detectAndCompute(grey, None)
    return tuple(points), None if described is None else np.asarray(described, np.uint8)


def _pairs(described: NDArray[np.uint8], others: NDArray[np.uint8]) -> list[tuple[int, int]]:
    found = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(described, others, k=2)
    best: dict[int, tuple[float, int]] = {}
    for pair in found:
        if len(pair) == 2 and pair[0].distance < _CLEARLY_NEARER * pair[1].distance:
            nearest = pair[0]
            held = best.get(nearest.trainIdx)
            # One corner of the other image may stand for one of this only.
            if held is None or nearest.distance < held[0]:
                best[nearest.trainIdx] = (nearest.distance, nearest.queryIdx)
    return [(query, train) for train, (_, query) in best.items()]
