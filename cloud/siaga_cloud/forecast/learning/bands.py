"""Bands that keep their promise when the river changes: errors scaled by how uncertain the moment is, then conformal.

The size of the error to come is forecast from what is seen (how much moves, how far off the last forecasts were); the
band is that size times a factor, and the factor is the share of recent truths that it must hold (conformal prediction
under changing conditions: Gibbs and Candes, Adaptive Conformal Inference, 2021). The promise is made twice, for all
moments and for those in which the level moved: in a storm a band that is right on average is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siaga_cloud.forecast.learning.regression import Rows, walked
from siaga_cloud.forecast.learning.series import Array, Flags, River, lagged, mean_of_last

PROMISE = 0.90
MOVING_CM = 30.0
WINDOW_HOURS = 24.0 * 60
MOST_MOVING = 400
MOVING_NEEDED = 30
MIN_SCORES = 60
LEAST_CM = 0.5
HALF_LIFE_HOURS = 24.0 * 60
ERROR_SPAN_HOURS = 36.0
LOOKS_HOURS = (1, 3, 6, 12, 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """Changes of the level forecast at each place, how far the regressions lay apart, and what came; NaN unknown."""

    change_cm: Array
    spread_cm: Array
    came_cm: Array


def half_widths(
    river: River, rows: Rows, forecasts: Forecasts, reference_cm: Array, blocks: Sequence[slice], *, fit_until: int
) -> Array:
    """Half the width of the band at each place, from what was known then; NaN before there is enough."""
    errors = np.abs(forecasts.came_cm - forecasts.change_cm)
    sizes = _sizes(river, rows, forecasts, errors, reference_cm, blocks, fit_until=fit_until)
    moved = np.abs(forecasts.came_cm) >= MOVING_CM
    half: Array = sizes * _factors(errors / sizes, moved, rows, blocks)
    return half


def _sizes(
    river: River,
    rows: Rows,
    forecasts: Forecasts,
    errors: Array,
    reference_cm: Array,
    blocks: Sequence[slice],
    *,
    fit_until: int,
) -> Array:
    """The error to be expected at each place."""
    signs = [np.abs(reference_cm - lagged(reference_cm, river.steps(hours))) for hours in LOOKS_HOURS]
    for series in river.upstream.values():
        signs += [np.abs(series - lagged(series, river.steps(hours))) for hours in (3, 6, 12)]
        signs.append(series)
    recent = mean_of_last(lagged(errors, rows.horizon), river.steps(ERROR_SPAN_HOURS))
    signs += [np.abs(forecasts.change_cm), forecasts.spread_cm, recent, lagged(recent, river.steps(24))]
    phase = 2 * np.pi * river.hours / 24
    values = np.nan_to_num(np.stack([*signs, np.sin(phase), np.cos(phase)], axis=1))
    known = Rows.of(values, errors, until=fit_until, horizon=rows.horizon, step_hours=rows.step_hours)
    expected = walked(known, blocks, half_life_hours=HALF_LIFE_HOURS, penalties=(1e-2,))[:, 0]
    usual = mean_of_last(lagged(errors, rows.horizon), river.steps(WINDOW_HOURS))
    sizes: Array = np.maximum(np.where(np.isnan(expected), usual, expected), np.maximum(0.3 * usual, LEAST_CM))
    return sizes


def _factors(scores: Array, moved: Flags, rows: Rows, blocks: Sequence[slice]) -> Array:
    """What the expected error is multiplied by, so that the promise holds on the truths seen so far."""
    factors = np.full(len(rows), np.nan)
    known = ~np.isnan(scores)
    window = max(MIN_SCORES, round(WINDOW_HOURS / rows.step_hours))
    for block in blocks:
        seen = max(0, block.start - rows.horizon + 1)
        recent = scores[max(0, seen - window) : seen]
        recent = recent[~np.isnan(recent)]
        if len(recent) < MIN_SCORES:
            continue
        factor = conformal_quantile(recent)
        moving = scores[:seen][known[:seen] & moved[:seen]][-MOST_MOVING:]
        if len(moving) >= MOVING_NEEDED:
            factor = max(factor, conformal_quantile(moving))
        factors[block] = factor
    return factors


def conformal_quantile(scores: Array, promise: float = PROMISE) -> float:
    """The score that holds the promised share of one more, exchangeable, score: the ceil((n + 1) p)-th smallest."""
    rank = min(len(scores), int(np.ceil((len(scores) + 1) * promise)))
    return float(np.partition(scores, rank - 1)[rank - 1])
