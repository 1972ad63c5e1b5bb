"""The inputs of a forecast: what the gauge, the places upstream, the sea, the rain and the clock show at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning.series import HOUR, Array, River, held, lagged, mean_of_last, median_of_last

JUMP_CM = 30.0  # a larger jump from one reading to the next is looked at apart: it may be a wrong reading
RATING_POWER = 5 / 3  # Manning for a wide channel
LONGEST_GAP_HOURS = 3.0
LONGEST_UPSTREAM_GAP_HOURS = 12.0
OWN_LOOKS = (1, 2, 3, 6, 9, 12, 18, 24)  # times the spacing of looks
OWN_LOOKS_HOURS = (12, 24)
LOOKS = 8
MOST_SPACING_HOURS = 1.0
RAIN_WINDOWS_HOURS = ((0, 1), (1, 3), (3, 6), (6, 12), (12, 24), (24, 72))
MEAN_WINDOWS_HOURS = (6, 12, 24, 168)
TIDE_LOOKS_HOURS = 26
# Periods in hours of the moon's and the sun's largest tides (M2, S2, O1, K1), and of the day's routine at gates.
PERIODS_HOURS = (12.4206, 12.0, 25.8193, 23.9345, 24.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs at each place of the grid (places x inputs), and the level from which a change is told."""

    values: Array
    reference_cm: Array


def inputs_of(river: River, *, longest_lag_hours: float, horizon_hours: float, fit_until: int) -> Inputs:
    """What can be known at each place for a forecast so far ahead; rows with a NaN can't be used.

    What is usual of a place (its bed, its median) comes from the places of the grid before `fit_until`.
    """
    own = held(river.level_cm, longest=river.steps(LONGEST_GAP_HOURS))
    reference = median_of_last(own, 3)
    columns = [
        *_of_the_gauge(river, own, reference, longest_lag_hours, fit_until),
        *_of_upstream(river, longest_lag_hours, fit_until),
        *_of_rain(river),
        *_of_the_sea(river),
        *_of_the_clock(river, horizon_hours),
    ]
    return Inputs(values=np.stack(columns, axis=1), reference_cm=reference)


def _of_the_gauge(
    river: River, own: Array, reference: Array, longest_lag_hours: float, fit_until: int
) -> Iterator[Array]:
    jump = own - lagged(median_of_last(own, min(5, max(3, river.steps(3)))), 1)
    small = np.clip(jump, -JUMP_CM, JUMP_CM)
    yield from (small, jump - small, reference)
    spacing = _spacing_hours(river, longest_lag_hours)
    hours_back = (*(spacing * times for times in OWN_LOOKS), *OWN_LOOKS_HOURS)
    yield from (reference - lagged(reference, steps) for steps in sorted({river.steps(hours) for hours in hours_back}))
    yield reference - mean_of_last(reference, river.steps(72))
    yield reference - mean_of_last(reference, river.steps(168))
    usual = _percentile(reference[:fit_until], 50)
    yield np.maximum(reference - usual, 0.0)


def _of_upstream(river: River, longest_lag_hours: float, fit_until: int) -> Iterator[Array]:
    looks = _looks(river, longest_lag_hours)
    for series in river.upstream.values():
        known = held(series, longest=river.steps(LONGEST_UPSTREAM_GAP_HOURS))
        smooth = median_of_last(known, 3) if river.steps(1) == 1 else known
        above = np.maximum(smooth - _percentile(smooth[:fit_until], 1), 0.0)
        for power in (1.0, RATING_POWER):
            yield from (lagged(above**power, steps) for steps in looks)
        yield from (mean_of_last(known, river.steps(hours)) for hours in MEAN_WINDOWS_HOURS)


def _percentile(series: Array, percent: float) -> float:
    known = series[~np.isnan(series)]
    return float(np.percentile(known, percent)) if len(known) else 0.0


def _looks(river: River, longest_lag_hours: float) -> list[int]:
    """How far back upstream is looked at, in steps: evenly from now to the longest lag."""
    spacing = _spacing_hours(river, longest_lag_hours)
    return sorted(
        {round(hours * HOUR / river.step_seconds) for hours in np.arange(0.0, longest_lag_hours + 0.01, spacing)}
    )


def _spacing_hours(river: River, longest_lag_hours: float) -> float:
    """A fast river is looked at in short steps, a slow one in long ones."""
    return float(np.clip(longest_lag_hours / LOOKS, river.step_seconds / HOUR, MOST_SPACING_HOURS))


def _of_rain(river: River) -> Iterator[Array]:
    for series in river.rain.values():
        total = np.cumsum(np.nan_to_num(series))
        for newest, oldest in RAIN_WINDOWS_HOURS:
            later = lagged(total, river.steps(newest) if newest else 0)
            yield np.nan_to_num(later) - np.nan_to_num(lagged(total, river.steps(oldest)))


def _of_the_sea(river: River) -> Iterator[Array]:
    for series in river.tide.values():
        known = held(series, longest=river.steps(LONGEST_UPSTREAM_GAP_HOURS))
        yield from (lagged(known, river.steps(hours) if hours else 0) for hours in range(TIDE_LOOKS_HOURS))


def _of_the_clock(river: River, horizon_hours: float) -> Iterator[Array]:
    for period in PERIODS_HOURS:
        phase = 2 * np.pi * (river.hours + horizon_hours) / period
        yield np.sin(phase)
        yield np.cos(phase)
