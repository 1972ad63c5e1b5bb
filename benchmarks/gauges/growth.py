"""Whether a program's memory grows: the median of all slopes between two moments, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

_EVERY_SECONDS = 60.0
_FEWEST = 6
_Z95 = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """MiB an hour, with its 95 % interval; not a number where there was too little to judge by."""

    slope: float
    low: float
    high: float

    def is_leak(self, allowed: float) -> bool:
        """Whether it certainly grows by more than `allowed`."""
        return self.low > allowed

    @property
    def is_judged(self) -> bool:
        """Whether there was enough to judge by."""
        return not math.isnan(self.slope)


def floors(held: Sequence[tuple[float, float]], *, warm_up_seconds: float) -> list[tuple[float, float]]:
    """The least of each minute after the warm-up: a leak raises the floor, what is given back again only the waves."""
    least: dict[int, tuple[float, float]] = {}
    for second, mib in held:
        if second < warm_up_seconds:
            continue
        minute = int((second - warm_up_seconds) / _EVERY_SECONDS)
        if minute not in least or mib < least[minute][1]:
            least[minute] = (second, mib)
    return [least[minute] for minute in sorted(least)]


def growth(points: Sequence[tuple[float, float]]) -> Growth:
    """Theil's and Sen's slope of (seconds, MiB) with Kendall's interval, which one step or outlier does not decide."""
    count = len(points)
    if count < _FEWEST:
        return Growth(slope=math.nan, low=math.nan, high=math.nan)
    slopes = sorted((b - a) / (later - sooner) * 3600 for (sooner, a), (later, b) in combinations(points, 2))
    half = _Z95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18) / 2
    first = max(0, math.floor(len(slopes) / 2 - half))
    last = min(len(slopes) - 1, math.ceil(len(slopes) / 2 + half))
    return Growth(slope=median(slopes), low=slopes[first], high=slopes[last])
