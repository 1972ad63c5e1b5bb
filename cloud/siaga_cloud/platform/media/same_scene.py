"""Decides whether two images show one scene by the corners of fixed objects in both (ORB and RANSAC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_cloud.platform.media.photo_hash import NotAnImageError

SIDE: Final = 720
_POINTS = 1200
_CLEARLY_NEARER = 0.78
_LEAST_PAIRS = 8
_REPROJECTION_PX = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCorrespondence:
    """Counts the corners of each image, and how many of them match as seen from two places.

    `shift_x`, `shift_y`: how far the matching corners moved (median), in shares of the longer side; positive to the
    right and downwards.
    """

    inliers: int
    points_before: int
    points_after: int
    shift_x: float = 0.0
    shift_y: float = 0.0


def matched(before: bytes, after: bytes) -> SceneCorrespondence:
    """Compares two JPEGs; some 50 ms and 20 MB at most. Raises `NotAnImageError`."""
    orb = cv2.ORB_create(nfeatures=_POINTS)  # type: ignore[attr-defined]
    (points, described, _), (others, other_described, side) = (_features(orb, jpeg) for jpeg in (before, after))
    counts = {"points_before": len(points), "points_after": len(others)}
    if described is None or other_described is None or min(counts.values()) < _LEAST_PAIRS:
        return SceneCorrespondence(inliers=0, **counts)
    pairs = _pairs(described, other_described)
    if len(pairs) < _LEAST_PAIRS:
        return SceneCorrespondence(inliers=0, **counts)
    source = np.array([points[left].pt for left, _ in pairs], np.float32)
    target = np.array([others[right].pt for _, right in pairs], np.float32)
    cv2.setRNGSeed(1)  # the same two images always give the same answer
    _, mask = cv2.findHomography(source, target, cv2.RANSAC, _REPROJECTION_PX)
    if mask is None or not mask.any():
        return SceneCorrespondence(inliers=0, **counts)
    shift_x, shift_y = np.median((target - source)[mask.ravel() == 1], axis=0) / side
    return SceneCorrespondence(inliers=int(mask.sum()), shift_x=float(shift_x), shift_y=float(shift_y), **counts)


def _features(orb: cv2.ORB, jpeg: bytes) -> tuple[tuple[cv2.KeyPoint, ...], NDArray[np.uint8] | None, int]:
    """Return the corners of an image, their descriptions, and its longer side as it was examined."""
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise NotAnImageError("not a picture")
    scale = SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points, described = orb.detectAndCompute(grey, None)
    return tuple(points), None if described is None else np.asarray(described, np.uint8), max(grey.shape)


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
