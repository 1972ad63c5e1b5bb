"""Where on a staff the water stands, as a probability for each level: cues, weighed as drawn staffs taught.

The weights make a conditional logit over all rows of the strip and two ways to have no waterline on it (all water, all
dry), so that what speaks for two places leaves a wide answer and not a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siaga_edge.gauge.staff_cues import Evidence
from siaga_edge.gauge.staff_weights import ABOVE, AT, BELOW, SURENESS

_NEAR_CM = 2.0  # about the peak; farther away lie other answers, not the rim of this one
_HELD = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterline:
    """The best level, the distance that holds it with 95 % (infinite where no distance does), and the probabilities
    that the water stands over the staff's top or under its foot."""

    level_cm: float
    uncertainty_cm: float
    above: float
    below: float


def locate(found: Evidence) -> Waterline:
    """Weigh the evidence and locate the waterline."""
    shares = probabilities(found, AT, ABOVE, BELOW, SURENESS)
    rows, above, below = shares[:-2], float(shares[-2]), float(shares[-1])
    levels = found.levels_cm.astype(np.float64)
    step = float(levels[0] - levels[1])
    window = np.ones(max(1, round(1.0 / step)) | 1)
    peak = int(np.argmax(np.convolve(rows, window, mode="same")))
    near = np.abs(levels - levels[peak]) <= _NEAR_CM
    level = float((levels[near] * rows[near]).sum() / max(rows[near].sum(), 1e-12))
    return Waterline(level_cm=level, uncertainty_cm=_holding(rows, levels - level), above=above, below=below)


def probabilities(
    found: Evidence,
    at: NDArray[np.float64],
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    sureness: float,
) -> NDArray[np.float64]:
    """For each row, then for water over the top and under the foot; sums to 1."""
    scores = np.concatenate([found.at @ at, [found.whole @ above, found.whole @ below]]) * sureness
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum(), np.float64)


def _holding(shares: NDArray[np.float64], distances: NDArray[np.float64]) -> float:
    """The distance within which 95 % of all probability lies; that without a waterline lies nowhere."""
    order = np.argsort(np.abs(distances))
    held = np.cumsum(shares[order])
    if held[-1] < _HELD:
        return float("inf")
    return float(np.abs(distances)[order][int(np.searchsorted(held, _HELD))])
