"""Judges forecasts on a river's own record: each made from what was known then, each compared with what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning.bands import MOVING_CM
from siaga_cloud.forecast.learning.inputs import Ground
from siaga_cloud.forecast.learning.lags import lag_hours
from siaga_cloud.forecast.learning.series import Array, Flags, River
from siaga_cloud.forecast.learning.walking import Course, Walk, walk

LONGEST_LAG_HOURS = 72.0


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


def judge(
    river: River, *, fit_until: int, horizons_hours: Sequence[float], lags_hours: Mapping[str, float | None]
) -> Iterator[HorizonErrors]:
    """Judge each horizon on the places from `fit_until` on."""
    course = Course.of(river, Ground.of(river, lags_hours, until=fit_until), until=fit_until)
    for hours in horizons_hours:
        one, _ = walk(course, horizon_hours=hours)
        yield judged(one, since=fit_until)
