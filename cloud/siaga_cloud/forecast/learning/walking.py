"""Learns from a record while walking through it, and forecasts from where a walk ended.

A walk forecasts from every place of a record by what was known there. It ends in a `Horizon` that holds all that a
forecast needs later: `issue` starts from it, learns from the truths that came since, and forecasts from the newest
place. Judging and issuing thus run the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning import bands
from siaga_cloud.forecast.learning.bands import MOVING_CM, Calibration, signs_of, sizes_of
from siaga_cloud.forecast.learning.inputs import Ground, Inputs, inputs_of
from siaga_cloud.forecast.learning.regression import Rows, Scaling, Trust, averaged, blocks_of, walked
from siaga_cloud.forecast.learning.series import Array, River, lagged, mean_of_last
from siaga_cloud.forecast.learning.sets import InputSet, sets_of

REFIT_HOURS = 6.0
RARE_REFIT_HOURS = 24.0 * 3
WARM_UP_HOURS = 24.0 * 60
USUAL_HOURS = 24.0 * 60
TAIL_HOURS = 24.0 * 4
SCORED_EVERY_HOURS = 1.0
CALIBRATED_EVERY_HOURS = 3.0


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
class Regressions:
    """What the regressions on one set of inputs learnt: weights (inputs x regressions) of the scaled inputs."""

    scaling: Scaling
    weights: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """All that is needed to forecast so far ahead from where a walk ended."""

    hours: float
    regressions: tuple[Regressions, ...]  # in the order of `sets_of`
    trust: Trust
    size_scaling: Scaling
    size_weights: Array
    usual_cm: float
    matured_cm: Array  # the sizes of errors that became known at the last places
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A record prepared for walks: its inputs, and the stretches between two fits."""

    river: River
    ground: Ground
    inputs: Inputs
    blocks: Sequence[slice]
    often_from: int
    until: int  # the first place that scales do not know

    @classmethod
    def of(cls, river: River, ground: Ground, *, until: int) -> Course:
        """Scales come from the places before `until`, from where on a walk is judged."""
        inputs = inputs_of(river, ground)
        often_from = max(0, until - river.steps(WARM_UP_HOURS))
        blocks = blocks_of(
            len(river.level_cm),
            every=river.steps(REFIT_HOURS),
            rarely=river.steps(RARE_REFIT_HOURS),
            often_from=often_from,
        )
        return cls(
            river=river,
            ground=ground,
            inputs=inputs,
            blocks=blocks,
            often_from=often_from,
            until=until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """The levels forecast at each place, what came, and how uncertain each forecast was."""

    level_cm: Array
    came_cm: Array
    spread_cm: Array

    @property
    def errors_cm(self) -> Array:
        """How far off each was; NaN where the truth is not known."""
        errors: Array = np.abs(self.came_cm - self.level_cm)
        return errors


def walk(course: Course, *, horizon_hours: float) -> tuple[Walk, Horizon | None]:
    """Forecast from every place of the record, and return what was learnt; None where the record is too short."""
    river, horizon = course.river, course.river.steps(horizon_hours)
    sets = sets_of(course.inputs, river, course.ground, horizon_hours=horizon_hours)
    walks = [_walked(course, one, horizon) for one in sets]
    rows, found = walks[0].rows, [one.found for one in walks]
    levels, trust = _levels(river, course.inputs, rows, found, None, since=0)
    matured = lagged(levels.errors_cm, horizon)
    usual = mean_of_last(matured, river.steps(USUAL_HOURS))
    signs = _signs(river, course.inputs, levels, matured)
    size_scaling = Scaling.of(signs[: course.until])
    size_rows = Rows.of(
        signs, levels.errors_cm, scaling=size_scaling, horizon=horizon, step_hours=river.step_seconds / 3600
    )
    expected, size_weights = walked(size_rows, course.blocks, bands.KINDS)
    sizes = sizes_of(expected[:, 0], usual)
    calibration = Calibration()
    half = _half_widths(river, levels, sizes, calibration, horizon=horizon, since=0, often_from=course.often_from)
    one = Walk(
        horizon_hours=horizon_hours,
        now_cm=river.level_cm,
        level_cm=levels.level_cm,
        low_cm=levels.level_cm - half,
        high_cm=levels.level_cm + half,
        came_cm=levels.came_cm,
    )
    regressions = tuple(one.regressions for one in walks if one.regressions is not None)
    if len(regressions) < len(walks) or size_weights is None:
        return one, None
    return one, Horizon(
        hours=horizon_hours,
        regressions=regressions,
        trust=trust,
        size_scaling=size_scaling,
        size_weights=size_weights[:, 0],
        usual_cm=float(usual[-1]),
        matured_cm=matured[-river.steps(TAIL_HOURS) :],
        calibration=calibration,
    )


def issue(river: River, inputs: Inputs, ground: Ground, horizon: Horizon, *, since: int) -> tuple[float, float]:
    """The level so far ahead of the newest place of a record, and half the width of its band.

    The record begins long before place `since`, the first that the walk had not seen.
    """
    steps = river.steps(horizon.hours)
    sets = sets_of(inputs, river, ground, horizon_hours=horizon.hours)
    learnt = list(zip(sets, horizon.regressions, strict=True))
    rows = [_rows(river, inputs, one.values, its.scaling, steps) for one, its in learnt]
    found = [one.forecasts(its.weights) for one, its in zip(rows, horizon.regressions, strict=True)]
    levels, _ = _levels(river, inputs, rows[0], found, horizon.trust, since=since)
    matured = lagged(levels.errors_cm, steps)
    tail = horizon.matured_cm[-since:] if since else horizon.matured_cm[:0]
    matured[:since] = np.nan
    matured[since - len(tail) : since] = tail
    signs = _signs(river, inputs, levels, matured)
    sizes = sizes_of(horizon.size_scaling.apply(signs) @ horizon.size_weights, horizon.usual_cm)
    calibration = deepcopy(horizon.calibration)
    half = _half_widths(river, levels, sizes, calibration, horizon=steps, since=since, often_from=since)
    half_width = half[-1] if since < len(sizes) else calibration.half_width(float(sizes[-1]))
    return float(levels.level_cm[-1]), float(half_width)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walked:
    """What the regressions on one set forecast at each place (places x regressions), and what they learnt."""

    rows: Rows
    found: Array
    regressions: Regressions | None


def _walked(course: Course, one: InputSet, horizon: int) -> _Walked:
    scaling = one.scaling(course.until)
    rows = _rows(course.river, course.inputs, one.values, scaling, horizon)
    found, weights = walked(rows, course.blocks, one.kinds)
    regressions = None if weights is None else Regressions(scaling=scaling, weights=weights)
    return _Walked(rows=rows, found=found, regressions=regressions)


def _rows(river: River, inputs: Inputs, values: Array, scaling: Scaling, horizon: int) -> Rows:
    came = lagged(river.level_cm[::-1], horizon)[::-1]
    return Rows.of(
        values,
        came - inputs.reference_cm,
        scaling=scaling,
        horizon=horizon,
        step_hours=river.step_seconds / 3600,
    )


def _levels(
    river: River, inputs: Inputs, rows: Rows, found: Sequence[Array], trust: Trust | None, *, since: int
) -> tuple[_Levels, Trust]:
    """By the whole set, the small ones (each "stays as it is" where its inputs are not known) and "stays as it is"."""
    unchanged = (river.level_cm - inputs.reference_cm)[:, None]
    whole, *small = found
    known = [np.where(np.isnan(one), unchanged, one) for one in small]
    forecasts = np.concatenate([whole, *known, unchanged], axis=1)
    before = trust or Trust.none(forecasts.shape[1])
    change, spread, trust = averaged(rows, forecasts, trust=before, since=since)
    came = lagged(river.level_cm[::-1], rows.horizon)[::-1]
    return _Levels(level_cm=inputs.reference_cm + change, came_cm=came, spread_cm=spread), trust


def _signs(river: River, inputs: Inputs, levels: _Levels, matured: Array) -> Array:
    change = levels.level_cm - river.level_cm
    return signs_of(river, inputs.reference_cm, change, levels.spread_cm, matured)


def _half_widths(
    river: River, levels: _Levels, sizes: Array, calibration: Calibration, *, horizon: int, since: int, often_from: int
) -> Array:
    """Half the width of the band at each place from `since` on, from what was known then; NaN before there is enough.

    The calibration learns on the way. What came before `often_from` is added at once.
    """
    errors = levels.errors_cm
    known = ~np.isnan(errors + sizes)
    moved = np.abs(levels.came_cm - river.level_cm) >= MOVING_CM
    scored_every, calibrated_every = river.steps(SCORED_EVERY_HOURS), river.steps(CALIBRATED_EVERY_HOURS)
    early = np.arange(0, max(0, often_from - horizon), scored_every) if since < often_from else np.zeros(0, dtype=int)
    early = early[known[early]]
    calibration.add(np.stack([errors[early], sizes[early], moved[early].astype(np.float64)], axis=1))
    half = np.full(len(sizes), np.nan)
    for place in range(max(since, often_from), len(sizes)):
        matured = place - horizon
        if matured >= 0 and matured % scored_every == 0 and known[matured]:
            calibration.learn(float(errors[matured]), float(sizes[matured]), moved=bool(moved[matured]))
        if place % calibrated_every == 0:
            calibration.refresh()
        half[place] = calibration.half_width(float(sizes[place]))
    return half
