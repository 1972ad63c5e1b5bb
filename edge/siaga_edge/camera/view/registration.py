"""How far a camera's image has shifted against an image of before, and how much of the scene is still the same.

Works on edges, block by block: traffic, a bus and shadows change some blocks, another view changes nearly all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_edge.camera.view.motion import SMALL_HEIGHT, SMALL_WIDTH, Grey

Edges: TypeAlias = NDArray[np.float32]

_BLOCK = 20
_ROWS, _COLUMNS = SMALL_HEIGHT // _BLOCK, SMALL_WIDTH // _BLOCK
# Strong edges count less than in proportion, so that one bright sign does not outvote a street.
_KNEE = 96.0
_LEAST_TEXTURE = 0.06
_SAME_BLOCK = 0.5
_LEAST_BLOCKS = 8
_WINDOW: Edges = cv2.createHanningWindow((SMALL_WIDTH, SMALL_HEIGHT), cv2.CV_32F).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Where the scene went since the reference, in shares of width and height."""

    x: float = 0.0
    y: float = 0.0

    @property
    def size(self) -> float:
        """Return the longer of both components."""
        return max(abs(self.x), abs(self.y))

    def minus(self, other: Shift) -> Shift:
        """From the other one to this."""
        return Shift(x=self.x - other.x, y=self.y - other.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The best shift, and the share of the reference's textured blocks that agree with it (in its better half)."""

    shift: Shift
    agreement: float


def edges_of(grey: Grey, hidden: NDArray[np.bool_] | None = None) -> Edges:
    """Strength of the edges, 0..1; what `hidden` covers (masks drawn into the image) has none."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    strength = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    edges = np.asarray(strength / (strength + _KNEE), np.float32)
    if hidden is not None:
        edges[hidden] = 0
    return edges


def sharpness_of(grey: Grey) -> float:
    """Fine detail over coarse detail (variances of the Laplacian): neither light nor what is shown matters much."""
    small = cv2.resize(grey, (SMALL_WIDTH // 4, SMALL_HEIGHT // 4), interpolation=cv2.INTER_AREA)
    return _detail(grey) / max(_detail(np.asarray(small, np.uint8)), 1e-3)


def _detail(grey: Grey) -> float:
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var())


def texture_of(edges: Edges) -> Edges:
    """Return the mean edge strength of each block."""
    return np.asarray(cv2.resize(edges, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA), np.float32)


def matched(reference: Edges, now: Edges) -> Match:
    """The better of staying and of the shift that phase correlation finds."""
    stayed = Match(shift=Shift(), agreement=agreement(reference, now))
    (x, y), _ = cv2.phaseCorrelate(_centred(reference), _centred(now), _WINDOW)
    pixels = round(x), round(y)
    if pixels == (0, 0):
        return Match(shift=Shift(x=x / SMALL_WIDTH, y=y / SMALL_HEIGHT), agreement=stayed.agreement)
    moved = agreement(*_overlap(reference, now, *pixels))
    if moved <= stayed.agreement:
        return stayed
    return Match(shift=Shift(x=x / SMALL_WIDTH, y=y / SMALL_HEIGHT), agreement=moved)


def _centred(edges: Edges) -> Edges:
    return np.asarray(edges - edges.mean(), np.float32)


def _overlap(reference: Edges, now: Edges, x: int, y: int) -> tuple[Edges, Edges]:
    height, width = reference.shape
    if abs(x) > width // 2 or abs(y) > height // 2:
        return reference, now
    overlap = reference[max(0, -y) : height - max(0, y), max(0, -x) : width - max(0, x)]
    moved = now[max(0, y) : height - max(0, -y), max(0, x) : width - max(0, -x)]
    return overlap, moved


def agreement(reference: Edges, now: Edges) -> float:
    """Share of textured blocks whose edges correlate, in the half of the image where most do.

    Half, because a flood changes all of the lower one and a hand over the lens all of one side.
    """
    mean_a, mean_b = _block_mean(reference), _block_mean(now)
    covariance = _block_mean(reference * now) - mean_a * mean_b
    spread_a = _block_mean(reference * reference) - mean_a * mean_a
    spread_b = _block_mean(now * now) - mean_b * mean_b
    same = covariance > _SAME_BLOCK * np.sqrt(np.maximum(spread_a * spread_b, 1e-9))
    textured = mean_a > _LEAST_TEXTURE
    row, column = same.shape[0] // 2, same.shape[1] // 2
    halves = (np.s_[:row, :], np.s_[row:, :], np.s_[:, :column], np.s_[:, column:])
    return max(_share(same[half], textured[half]) for half in halves)


def _share(same: NDArray[np.bool_], textured: NDArray[np.bool_]) -> float:
    count = np.count_nonzero(textured)
    return float(np.count_nonzero(same & textured) / count) if count >= _LEAST_BLOCKS else 0.0


def _block_mean(edges: Edges) -> Edges:
    size = (max(2, edges.shape[1] // _BLOCK), max(2, edges.shape[0] // _BLOCK))
    return np.asarray(cv2.resize(edges, size, interpolation=cv2.INTER_AREA), np.float32)
