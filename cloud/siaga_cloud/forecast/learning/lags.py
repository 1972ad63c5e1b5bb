"""How much later water comes by: the shift at which two records are most alike."""

from __future__ import annotations

import numpy as np

from siaga_cloud.forecast.learning.series import HOUR, Array, held, mean_of_last, median_of_last

LEAST_LIKENESS = 0.3
TREND_HOURS = 24.0 * 5
LONGEST_GAP_HOURS = 3.0
LEAST_PAIRS = 100
CUT_SPREADS = 6.0


def lag_hours(upstream: Array, downstream: Array, *, step_seconds: float, longest_hours: float) -> float | None:
    """How many hours later the water of one gauge shows at another; None where no shift makes them alike.

    Compared is what remains of each level without its mean of the last five days and without single wrong readings;
    likeness is Pearson's correlation, and below 0.3 there is no lag to speak of. Rises of half an hour, as in the
    first version of the model, are lost in the noise of hourly readings by hand.
    """
    up, down = (_waves(series, step_seconds) for series in (upstream, downstream))
    shifts = range(int(longest_hours * HOUR / step_seconds) + 1)
    alike = np.array([_likeness(up[: len(up) - shift], down[shift:]) for shift in shifts])
    best = int(np.argmax(alike))
    return best * step_seconds / HOUR if alike[best] >= LEAST_LIKENESS else None


def _waves(series: Array, step_seconds: float) -> Array:
    steps = HOUR / step_seconds
    known = median_of_last(held(series, longest=max(1, round(LONGEST_GAP_HOURS * steps))), 3)
    waves = known - mean_of_last(known, round(TREND_HOURS * steps))
    if np.isnan(waves).all():
        return waves
    spread = float(np.nanstd(waves))
    cut: Array = np.clip(waves, -CUT_SPREADS * spread, CUT_SPREADS * spread)
    return cut


def _likeness(one: Array, other: Array) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < LEAST_PAIRS:
        return 0.0
    a, b = one[both] - one[both].mean(), other[both] - other[both].mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0
