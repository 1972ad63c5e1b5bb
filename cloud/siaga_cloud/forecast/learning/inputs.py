"""The inputs of a forecast: what the gauge, the places upstream, the sea, the rain and the clock show at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning.series import HOUR, Array, River, held, lagged, mean_of_last, median_of_last

JUMP_CM = 30.0  # a larger jump from one reading to the next is looked at apart: it may be a wrong reading
RATING_POWER = 5 / 3  # Manning for a wide channel
LONGEST_GAP_HOURS = 3.0
LONGEST_UPSTREAM_GAP_HOURS = 12.0
OWN_LOOKS = (1, 2, 3, 6, 9, 12, 18, 24)  # times the spacing of looks
OWN_LOOKS_HOURS = (12, 24)
LOOKS_WITHIN_A_LAG = 6
MOST_SPACING_HOURS = 1.0
CLOSE_LOOKS, FAR_LOOKS = 24, 8
LOOK_BACK_WITHOUT_LAG_HOURS = 12.0
SPREAD_HOURS = 5.0
RAIN_WINDOWS_HOURS = ((0, 1), (1, 3), (3, 6), (6, 12), (12, 24), (24, 72))
MEAN_WINDOWS_HOURS = (6, 12, 24, 72)
TIDE_LOOKS_HOURS = 26
STATES = (-1.5, 3.0)  # of a river, in half the width of its usual levels
REPEATS_HOURS = (12.4206, 24.0, 24.8412, 49.6824)  # after which a tide, or the routine of a day, comes again
# Periods in hours of the moon's and the sun's largest tides (M2, S2, O1, K1), and of the day's routine at gates.
PERIODS_HOURS = (12.4206, 12.0, 25.8193, 23.9345, 24.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the inputs are measured from, fixed when a model is fitted: how far back, the usual level, the beds."""

    lags_hours: Mapping[str, float]  # of the places upstream that have one
    longest_lag_hours: float
    spacing_hours: float
    usual_cm: float
    spread_cm: float
    beds: Mapping[str, float]

    @classmethod
    def of(cls, river: River, lags_hours: Mapping[str, float | None], *, until: int) -> Ground:
        """Of the lags of the places upstream, and of the places of the grid before `until`."""
        known = river.level_cm[:until]
        lags = {name: lag for name, lag in lags_hours.items() if lag}
        return cls(
            lags_hours=lags,
            longest_lag_hours=longest_lag(lags.values()),
            spacing_hours=_spacing_hours(min(lags.values(), default=MOST_SPACING_HOURS * LOOKS_WITHIN_A_LAG), river),
            usual_cm=_percentile(known, 50),
            spread_cm=max(1.0, (_percentile(known, 90) - _percentile(known, 10)) / 2),
            beds={name: _percentile(series[:until], 1) for name, series in river.upstream.items()},
        )

    @property
    def look_back_hours(self) -> float:
        """How much of a record the newest inputs need."""
        return max(72.0, self.longest_lag_hours) + LONGEST_UPSTREAM_GAP_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs at each place of the grid (places x inputs), and the level from which a change is told."""

    values: Array
    reference_cm: Array


def inputs_of(river: River, ground: Ground) -> Inputs:
    """What can be known at each place; rows with a NaN can't be used."""
    own = held(river.level_cm, longest=river.steps(LONGEST_GAP_HOURS))
    reference = median_of_last(own, 3)
    state = np.clip((reference - ground.usual_cm) / ground.spread_cm, *STATES)
    columns = [
        *_of_the_gauge(river, own, reference, ground),
        *_of_upstream(river, ground),
        *_of_rain(river),
        *_by_state(_of_the_sea(river), state),
        *_of_the_clock(river),
    ]
    return Inputs(values=np.stack(columns, axis=1), reference_cm=reference)


def inputs_ahead(inputs: Inputs, river: River, horizon_hours: float) -> Array:
    """The inputs for one horizon: with how the level changed one tide, one day, one lunar day and two of them ago.

    It is the change over the same time as the forecast spans, where that ended before now.
    """
    horizon, reference = river.steps(horizon_hours), inputs.reference_cm
    changes = [
        lagged(reference, river.steps(period) - horizon) - lagged(reference, river.steps(period))
        for period in REPEATS_HOURS
        if river.steps(period) >= horizon
    ]
    return np.concatenate([inputs.values, *(change[:, None] for change in changes)], axis=1)


def _by_state(columns: Iterable[Array], state: Array) -> Iterator[Array]:
    """Each as it is, and times the state of the river: a full one shows less of the tide."""
    for column in columns:
        yield column
        yield column * state


def _of_the_gauge(river: River, own: Array, reference: Array, ground: Ground) -> Iterator[Array]:
    jump = own - lagged(median_of_last(own, min(5, max(3, river.steps(3)))), 1)
    small = np.clip(jump, -JUMP_CM, JUMP_CM)
    yield from (small, jump - small, reference)
    hours_back = (*(ground.spacing_hours * times for times in OWN_LOOKS), *OWN_LOOKS_HOURS)
    yield from (reference - lagged(reference, steps) for steps in sorted({river.steps(hours) for hours in hours_back}))
    yield reference - mean_of_last(reference, river.steps(72))
    yield np.maximum(reference - ground.usual_cm, 0.0)


def _of_upstream(river: River, ground: Ground) -> Iterator[Array]:
    looks = _looks(river, ground)
    for name, series in river.upstream.items():
        known = held(series, longest=river.steps(LONGEST_UPSTREAM_GAP_HOURS))
        smooth = median_of_last(known, 3) if river.steps(1) == 1 else known
        above = np.maximum(smooth - ground.beds[name], 0.0)
        for power in (1.0, RATING_POWER):
            yield from (lagged(above**power, steps) for steps in looks)
        yield from (mean_of_last(known, river.steps(hours)) for hours in MEAN_WINDOWS_HOURS)


def _percentile(series: Array, percent: float) -> float:
    known = series[~np.isnan(series)]
    return float(np.percentile(known, percent)) if len(known) else 0.0


def _looks(river: River, ground: Ground) -> list[int]:
    """How far back upstream is looked at, in steps: evenly from now on, and farther apart before that."""
    close = np.arange(CLOSE_LOOKS) * ground.spacing_hours
    far = np.linspace(close[-1], ground.longest_lag_hours, FAR_LOOKS)
    hours = np.concatenate([close[close <= ground.longest_lag_hours + 0.01], far[far > close[-1]]])
    return sorted({round(ahead * HOUR / river.step_seconds) for ahead in hours})


def longest_lag(lags_hours: Iterable[float | None]) -> float:
    """How far back upstream is looked at: past the longest lag, for the water that spreads on its way."""
    known = [lag for lag in lags_hours if lag is not None]
    return 1.2 * max(known) + SPREAD_HOURS if known else LOOK_BACK_WITHOUT_LAG_HOURS


def _spacing_hours(shortest_lag_hours: float, river: River) -> float:
    """A fast river is looked at in short steps, a slow one in long ones."""
    return float(np.clip(shortest_lag_hours / LOOKS_WITHIN_A_LAG, river.step_seconds / HOUR, MOST_SPACING_HOURS))


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


def _of_the_clock(river: River) -> Iterator[Array]:
    """Of now; what they are at the horizon is a weighted sum of these."""
    for period in PERIODS_HOURS:
        phase = 2 * np.pi * river.hours / period
        yield np.sin(phase)
        yield np.cos(phase)
