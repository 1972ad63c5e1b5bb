"""Series on one grid of time, and the steps that prepare them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class River:
    """What was measured at a gauge and around it, on one grid; NaN is "not known", except in rain, where it is zero.

    `upstream` holds level or discharge of each place upstream (the unit does not matter, more is more water), `tide`
    the levels of the sea or of a tidal gauge downstream, `rain` millimetres per step.
    """

    step_seconds: float
    began_at: float  # seconds since the epoch, of place 0
    level_cm: Array
    upstream: Mapping[str, Array] = field(default_factory=dict)
    tide: Mapping[str, Array] = field(default_factory=dict)
    rain: Mapping[str, Array] = field(default_factory=dict)

    @property
    def hours(self) -> Array:
        """The time of each place, in hours since the epoch."""
        places = np.arange(len(self.level_cm), dtype=np.float64)
        hours: Array = (self.began_at + places * self.step_seconds) / HOUR
        return hours

    def steps(self, hours: float) -> int:
        """How many steps of the grid a time is, at least one."""
        return max(1, round(hours * HOUR / self.step_seconds))


def lagged(series: Array, steps: int) -> Array:
    """The series as it was `steps` before; NaN where that is before its beginning."""
    if steps <= 0:
        return series
    before = np.full_like(series, np.nan)
    before[steps:] = series[:-steps]
    return before


def held(series: Array, *, longest: int) -> Array:
    """Gaps of up to `longest` places filled with the last known value, as a forecast at that moment would have it."""
    known = ~np.isnan(series)
    last = np.maximum.accumulate(np.where(known, np.arange(len(series)), -1))
    age = np.arange(len(series)) - last
    filled: Array = np.where((last >= 0) & (age <= longest), series[np.maximum(last, 0)], np.nan)
    return filled


def median_of_last(series: Array, count: int) -> Array:
    """The median of each value and those before it, which a single wrong reading doesn't move."""
    looks = np.stack([lagged(series, steps) for steps in range(count)])
    unknown = np.isnan(looks).any(axis=0)
    median: Array = np.where(unknown, np.nan, np.median(np.where(np.isnan(looks), 0.0, looks), axis=0))
    return median


def mean_of_last(series: Array, count: int) -> Array:
    """The mean of the last `count` known values; of fewer at the beginning, NaN where none is known."""
    known = np.where(np.isnan(series), 0.0, 1.0)
    sums, counts = (np.concatenate([[0.0], np.cumsum(values)]) for values in (np.where(known > 0, series, 0.0), known))
    ends = np.arange(1, len(series) + 1)
    starts = np.maximum(0, ends - count)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Array = (sums[ends] - sums[starts]) / (counts[ends] - counts[starts])
    return means
