"""Bands that keep their promise when the river changes: errors scaled by how uncertain the moment is, then conformal.

The size of the error to come is forecast from what is seen (how much moves, how far off the last forecasts were). The
band is a power of that size times a factor, the quantile of recent errors over that power (conformal prediction). Two
promises are made: nine of ten truths of all moments, and nearly as many of those in which the level moved, since in a
storm a band that is right on average is wrong. The larger the power, the more of the width goes where errors are
expected to be large; the smallest that keeps the second promise is taken. Where none does, moments that moved count
more, up to the width at which the band would hold too much in general. A stretch of the band follows the misses of late
(Gibbs and Candes, Adaptive Conformal Inference under Distribution Shift, 2021).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from siaga_cloud.forecast.learning.regression import Kinds
from siaga_cloud.forecast.learning.series import Array, River, lagged, mean_of_last

PROMISE = 0.90
MOST_HELD = 0.935
MOVING_PROMISE = 0.88
MOVING_CM = 30.0
POWERS = (1.0, 1.5, 2.0, 2.5, 3.0)
MOVING_WEIGHTS = (1.5, 2.0, 3.0, 4.0)
MOST_SCORES = 1440
MOST_MOVING = 400
MIN_SCORES = 60
MIN_MOVING = 30
MOVING_HELD_AT_MOST = 0.95  # where many moved, half a band is no wider than the error that so many stay below
MOST_OF_LARGEST = 3.0  # of the largest error in memory: half the width of a band is no more
LEAST_CM = 0.5
LEAST_SHARE_OF_USUAL = 0.3
KINDS = Kinds(half_lives_hours=(24.0 * 60,), penalties=(1e-2,))
ERROR_SPAN_HOURS = 36.0
LOOKS_HOURS = (1, 3, 6, 12, 24)
UPSTREAM_LOOKS_HOURS = (3, 6, 12)
PACE = 0.04
STRETCHES = (0.7, 3.0)


def signs_of(river: River, reference_cm: Array, change_cm: Array, spread_cm: Array, matured_cm: Array) -> Array:
    """What the size of an error is forecast from (places x signs).

    `matured_cm` holds the size of the error that became known at each place.
    """
    signs = [np.abs(reference_cm - lagged(reference_cm, river.steps(hours))) for hours in LOOKS_HOURS]
    for series in river.upstream.values():
        signs += [np.abs(series - lagged(series, river.steps(hours))) for hours in UPSTREAM_LOOKS_HOURS]
        signs.append(series)
    recent = mean_of_last(matured_cm, river.steps(ERROR_SPAN_HOURS))
    phase = 2 * np.pi * river.hours / 24
    signs += [np.abs(change_cm), spread_cm, recent, lagged(recent, river.steps(24)), np.sin(phase), np.cos(phase)]
    found: Array = np.nan_to_num(np.stack(signs, axis=1))
    return found


def sizes_of(expected: Array, usual_cm: Array | float) -> Array:
    """The errors to be expected, not below a share of the usual one."""
    floor = np.maximum(LEAST_SHARE_OF_USUAL * np.nan_to_num(usual_cm), LEAST_CM)
    sizes: Array = np.maximum(np.where(np.isnan(expected), usual_cm, expected), floor)
    return sizes


@dataclass(slots=True)
class Calibration:
    """The power and the factor of the band, and the scores that they come from.

    `scores` has a row for each moment whose truth is known, newest last: the error, its expected size, and 1 where the
    level moved; of older ones only those that moved are in `moving`.
    """

    scores: Array = field(default_factory=lambda: np.zeros((0, 3)))
    moving: Array = field(default_factory=lambda: np.zeros((0, 3)))
    stretch: float = 1.0
    moving_weight: float = 1.0
    power: float = 1.0
    factor: float = math.nan
    most_cm: float = math.inf

    def half_width(self, size_cm: float) -> float:
        """Half the width of the band where an error of such a size is expected; NaN before there are enough scores."""
        return min(float(self.stretch * self.factor * size_cm**self.power), self.most_cm)

    def learn(self, error_cm: float, size_cm: float, *, moved: bool) -> None:
        """Add the error of a moment whose truth became known, and follow whether the band would have held it."""
        if not math.isnan(self.factor):
            weight = self.moving_weight if moved else 1.0
            is_held = error_cm <= self.half_width(size_cm)
            self.stretch = float(np.clip(self.stretch * math.exp(PACE * weight * (PROMISE - is_held)), *STRETCHES))
        self.add(np.array([[error_cm, size_cm, float(moved)]]))

    def add(self, scores: Array) -> None:
        """Add scores, oldest first."""
        both = np.concatenate([self.scores, scores])
        self.scores, older = both[-MOST_SCORES:], both[:-MOST_SCORES]
        self.moving = np.concatenate([self.moving, older[older[:, 2] > 0]])[-MOST_MOVING:]

    def refresh(self) -> None:
        """Take the power and the factor from the scores."""
        if len(self.scores) < MIN_SCORES:
            return
        everything = np.concatenate([self.moving, self.scores])
        self.most_cm = MOST_OF_LARGEST * float(everything[:, 0].max())
        moved = everything[everything[:, 2] > 0]
        if len(moved) < MIN_MOVING:
            self._set(1.0, 1.0, quantile(self.scores, 1.0, PROMISE, 1.0))
            return
        self.most_cm = float(np.quantile(moved[:, 0], MOVING_HELD_AT_MOST))
        held = {}
        for power in POWERS:
            self._set(power, 1.0, quantile(self.scores, power, PROMISE, 1.0))
            held[power] = self._held(moved)
            if held[power] >= MOVING_PROMISE:
                return
        power = max(held, key=lambda one: held[one])
        self._set(power, 1.0, quantile(self.scores, power, PROMISE, 1.0))
        for weight in MOVING_WEIGHTS:
            before = (self.power, self.moving_weight, self.factor)
            self._set(power, weight, quantile(everything, power, PROMISE, weight))
            if self._held(self.scores) > MOST_HELD:
                self._set(*before)
            if self._held(moved) >= MOVING_PROMISE:
                return

    def _set(self, power: float, moving_weight: float, factor: float) -> None:
        self.power, self.moving_weight, self.factor = power, moving_weight, factor

    def _held(self, scores: Array) -> float:
        """The share of scores that the band holds."""
        widths = np.minimum(self.factor * scores[:, 1] ** self.power, self.most_cm)
        return float(np.mean(scores[:, 0] <= widths))


def quantile(scores: Array, power: float, level: float, moving_weight: float) -> float:
    """The factor that holds a share of the weights, with one more score of weight 1 above all."""
    ratios = scores[:, 0] / scores[:, 1] ** power
    order = np.argsort(ratios)
    total = np.cumsum(np.where(scores[order, 2] > 0, moving_weight, 1.0))
    place = int(np.searchsorted(total, level * (total[-1] + 1.0)))
    return float(ratios[order[min(place, len(order) - 1)]])
