"""Judges forecasts on a river's own record: each made from what was known then, each compared with what came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning.bands import MOVING_CM, Forecasts, half_widths
from siaga_cloud.forecast.learning.inputs import inputs_of
from siaga_cloud.forecast.learning.lags import lag_hours
from siaga_cloud.forecast.learning.regression import Rows, blocks_of, forecast_changes
from siaga_cloud.forecast.learning.series import Array, Flags, River, lagged

REFIT_HOURS = 3.0
REFIT_STEPS = 6
RARE_REFIT_HOURS = 24.0
WARM_UP_HOURS = 24.0 * 60
LONGEST_LAG_HOURS = 72.0
LOOK_BACK_WITHOUT_LAG_HOURS = 12.0
SPREAD_HOURS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Forecasts for one horizon at every place of the grid; NaN where there is none or the truth isn't known."""

    horizon_hours: float
    now_cm: Array
    level_cm: Array
    low_cm: Array
    high_cm: Array
    came_cm: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The errors of some forecasts; `coverage` is the share of truths in the band. None where `n` is 0."""

    n: int
    rms_cm: float | None
    persistence_rms_cm: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonErrors:
    """The errors at one horizon, of all moments and of those in which the level moved by 30 cm or more."""

    hours: float
    all: Errors
    moving: Errors


def walk(river: River, *, horizon_hours: float, fit_until: int, longest_lag_hours: float) -> Walk:
    """Forecast from every place of the grid, learning as truths arrive; scales come from places before `fit_until`."""
    horizon = river.steps(horizon_hours)
    blocks = blocks_of(
        len(river.level_cm),
        every=min(REFIT_STEPS, river.steps(REFIT_HOURS)),
        rarely=river.steps(RARE_REFIT_HOURS),
        often_from=max(0, fit_until - river.steps(WARM_UP_HOURS)),
    )
    inputs = inputs_of(river, longest_lag_hours=longest_lag_hours, horizon_hours=horizon_hours, fit_until=fit_until)
    came = lagged(river.level_cm[::-1], horizon)[::-1]
    rows = Rows.of(
        inputs.values,
        came - inputs.reference_cm,
        until=fit_until,
        horizon=horizon,
        step_hours=river.step_seconds / 3600,
    )
    change, spread = forecast_changes(rows, blocks, unchanged=river.level_cm - inputs.reference_cm)
    level = inputs.reference_cm + change
    predicted = Forecasts(change_cm=level - river.level_cm, spread_cm=spread, came_cm=came - river.level_cm)
    half = half_widths(river, rows, predicted, inputs.reference_cm, blocks, fit_until=fit_until)
    return Walk(
        horizon_hours=horizon_hours,
        now_cm=river.level_cm,
        level_cm=level,
        low_cm=level - half,
        high_cm=level + half,
        came_cm=came,
    )


def judged(one: Walk, *, since: int) -> HorizonErrors:
    """The errors of forecasts made from place `since` on."""
    error, change = one.came_cm - one.level_cm, one.came_cm - one.now_cm
    known = ~np.isnan(error + change + one.low_cm)
    known[:since] = False
    inside = (one.low_cm <= one.came_cm) & (one.came_cm <= one.high_cm)
    moving = known & (np.abs(np.nan_to_num(change)) >= MOVING_CM)
    return HorizonErrors(
        hours=one.horizon_hours,
        all=_errors(error[known], change[known], inside[known]),
        moving=_errors(error[moving], change[moving], inside[moving]),
    )


def _errors(error: Array, change: Array, inside: Flags) -> Errors:
    if not len(error):
        return Errors(n=0, rms_cm=None, persistence_rms_cm=None, coverage=None)
    return Errors(
        n=len(error),
        rms_cm=float(np.sqrt(np.mean(error**2))),
        persistence_rms_cm=float(np.sqrt(np.mean(change**2))),
        coverage=float(np.mean(inside)),
    )


def lags_of(river: River, *, until: int) -> dict[str, float | None]:
    """The lag of each place upstream in hours, from the grid's places before `until`; None where there is none."""
    return {
        name: lag_hours(
            series[:until],
            river.level_cm[:until],
            step_seconds=river.step_seconds,
            longest_hours=LONGEST_LAG_HOURS,
        )
        for name, series in river.upstream.items()
    }


def longest_lag(lags: Iterable[float | None]) -> float:
    """How far back upstream is looked at: past the longest lag, for the water that spreads on its way."""
    known = [lag for lag in lags if lag is not None]
    return 1.2 * max(known) + SPREAD_HOURS if known else LOOK_BACK_WITHOUT_LAG_HOURS


def judge(
    river: River, *, fit_until: int, horizons_hours: Sequence[float], longest_lag_hours: float
) -> Iterator[HorizonErrors]:
    """Judge each horizon on the places from `fit_until` on."""
    for hours in horizons_hours:
        one = walk(river, horizon_hours=hours, fit_until=fit_until, longest_lag_hours=longest_lag_hours)
        yield judged(one, since=fit_until)
