"""How the depth on a street follows from the level at its controlling gauge: by the height of its road, or by history.

The relation is a line: below `road_cm` at the gauge the river does not reach the street, and above it the street is
`slope` cm deeper for each cm of level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Final

from siaga_core.rules.streets.evidence import NINE_OF_TEN, Estimate, aged_cm

LEAST_PAIRS: Final = 4
LEAST_FLOODS: Final = 2
FLOODS_APART: Final = timedelta(hours=12)
_LEAST_PAIRS_OF_SLOPE, _LEAST_SPAN_CM = 8, 40.0
_SLOPES: Final = (0.2, 1.2)
_SURVEY_ERROR_CM: Final = 10.5  # of a height of the road that somebody measured, with the unevenness of the road
_LEAST_ERROR_CM: Final = 9.0
_FOREIGN_SHARE: Final = 0.14  # of the depth: a street fills and drains in its own way; history shows it
_SPREAD_TO_ERROR: Final = 1.4826  # of a median distance, for a normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A line from a level to a depth. `pairs`: from how many observations it was learned; 0 where the height of the
    road is known.
    """

    road_cm: float
    slope: float = 1.0
    error_cm: float = _SURVEY_ERROR_CM
    pairs: int = 0

    def depth_at(self, level_cm: float, *, level_error_cm: float = 0.0, age: timedelta = timedelta(0)) -> Estimate:
        """Return the depth at a level, below zero where the river does not reach the road."""
        depth = self.slope * (level_cm - self.road_cm)
        foreign = 0.0 if self.pairs else _FOREIGN_SHARE * max(0.0, depth)
        return Estimate(depth, math.hypot(self.error_cm, foreign, self.slope * level_error_cm, aged_cm(age)))


@dataclass(frozen=True, slots=True)
class Pair:
    """A depth that was observed on a street in the past, and the level at its gauge at that time."""

    at: datetime
    level_cm: float
    depth_cm: float


def level_error_cm(low_cm: float, high_cm: float) -> float:
    """Return the standard error of a level whose band holds nine of ten."""
    return max(0.0, high_cm - low_cm) / (2 * NINE_OF_TEN)


def learn(pairs: Sequence[Pair]) -> Relation | None:
    """Return the relation that history shows; None where fewer than four pairs of two floods are known.

    Only wet observations count: how far below a dry road the water was nobody saw.
    """
    wet = sorted((one for one in pairs if one.depth_cm > 0), key=lambda one: one.at)
    if len(wet) < LEAST_PAIRS or _floods(wet) < LEAST_FLOODS:
        return None
    slope = _slope(wet)
    road = median(one.level_cm - one.depth_cm / slope for one in wet)
    misses = [abs(one.depth_cm - slope * (one.level_cm - road)) for one in wet]
    spread = max(_LEAST_ERROR_CM, _SPREAD_TO_ERROR * median(misses))
    return Relation(road_cm=road, slope=slope, error_cm=spread * math.sqrt(1 + 1 / len(wet)), pairs=len(wet))


def _floods(pairs: Sequence[Pair]) -> int:
    """Observations of one flood err together, so that floods count and not observations."""
    return 1 + sum(later.at - earlier.at >= FLOODS_APART for earlier, later in pairwise(pairs))


def _slope(pairs: Sequence[Pair]) -> float:
    """1 where there is too little to tell it from: a street that is level with the water."""
    levels = [one.level_cm for one in pairs]
    if len(pairs) < _LEAST_PAIRS_OF_SLOPE or max(levels) - min(levels) < _LEAST_SPAN_CM:
        return 1.0
    level, depth = mean(levels), mean(one.depth_cm for one in pairs)
    steep = sum((one.level_cm - level) * (one.depth_cm - depth) for one in pairs)
    return min(max(steep / sum((one - level) ** 2 for one in levels), _SLOPES[0]), _SLOPES[1])
