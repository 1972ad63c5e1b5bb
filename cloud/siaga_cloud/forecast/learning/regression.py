"""Ridge regressions that learn as truths arrive, and a mean of them that trusts those that were right of late.

The sums of the normal equations have a half-life, so that a river that changes (a gate's new rule, a dredged bed) is
learnt anew: recursive least squares with exponential forgetting. Several half-lives and penalties run side by side;
their forecasts are averaged with weights that fall with the recent error (exponentially weighted forecasters:
Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006, chapter 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from siaga_cloud.forecast.learning.series import Array, Flags

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
HALF_LIVES_HOURS = (None, 24.0 * 60, 24.0 * 10, 24.0 * 4, 24.0 * 2)
TRUST_HALF_LIFE_HOURS = 24.0 * 10
TRUST = 4.0
MIN_ROWS = 120
ROWS_PER_INPUT = 2
MOST_ROWS = 20_000  # of more, every second (third, ...) is learnt from
WEIGHED_CM = 15.0
MOST_WEIGHED_CM = 150.0
MOST_SPREADS = 12.0  # inputs are cut at so many standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Which regressions run side by side: one for each half-life (None never forgets) and penalty."""

    half_lives_hours: tuple[float | None, ...] = HALF_LIVES_HOURS
    penalties: tuple[float, ...] = PENALTIES

    def for_width(self, width: int, step_hours: float) -> Kinds:
        """Without those half-lives in which there are too few rows for so many inputs."""
        least_hours = ROWS_PER_INPUT * width * step_hours * math.log(2)
        long_enough = [half for half in self.half_lives_hours if half is None or half >= least_hours]
        return replace(self, half_lives_hours=tuple(long_enough))

    def left(self, hours: float) -> Array:
        """The share that each half-life leaves after so many hours."""
        return np.array([1.0 if half is None else 0.5 ** (hours / half) for half in self.half_lives_hours])


@dataclass(slots=True)
class RecursiveSums:
    """The normal equations of the rows seen so far, for each half-life; older rows have less weight."""

    kinds: Kinds
    width: int
    squares: Array = field(init=False)
    products: Array = field(init=False)
    rows: Array = field(init=False)  # with the weights that they have now
    rows_seen: int = 0

    def __post_init__(self) -> None:
        count = len(self.kinds.half_lives_hours)
        self.squares = np.zeros((count, self.width, self.width))
        self.products = np.zeros((count, self.width))
        self.rows = np.zeros(count)

    def forget(self, hours: float) -> None:
        """Let so much time pass."""
        left = self.kinds.left(hours)
        self.squares *= left[:, None, None]
        self.products *= left[:, None]
        self.rows *= left

    def add(self, rows: Array, truths: Array) -> None:
        """Add rows, the first input of each being 1, with what came.

        A large change counts more than a small one, since that is when people act on a forecast.
        """
        weights = 1 + np.minimum(np.abs(truths), MOST_WEIGHED_CM) / WEIGHED_CM
        weighted = rows * weights[:, None]
        self.squares += weighted.T @ rows
        self.products += weighted.T @ truths
        self.rows += len(rows)
        self.rows_seen += len(rows)

    def weights(self) -> Array:
        """The weights (inputs x regressions) of the ridge regressions; the constant is not penalised."""
        return np.stack(
            [
                self._solved(place, penalty)
                for place in range(len(self.kinds.half_lives_hours))
                for penalty in self.kinds.penalties
            ],
            axis=1,
        )

    def _solved(self, place: int, penalty: float) -> Array:
        squares = np.array(self.squares[place])
        diagonal = np.arange(1, self.width)
        squares[diagonal, diagonal] += penalty * max(self.rows[place], 1.0)
        squares[0, 0] += 1e-6
        try:
            solved: Array = cho_solve(cho_factor(squares, lower=True), self.products[place])
        except LinAlgError:  # rounding has cost it its definiteness
            solved = np.linalg.lstsq(squares, self.products[place], rcond=None)[0]
        return solved


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Brings inputs to a mean of 0 and a spread of 1, and puts a 1 before them."""

    mean: Array
    spread: Array

    @classmethod
    def of(cls, values: Array) -> Scaling:
        """Of the rows that are known."""
        known = values[np.logical_not(np.isnan(values).any(axis=1))]
        width = values.shape[1]
        if not len(known):
            return cls(mean=np.zeros(width), spread=np.ones(width))
        return cls(mean=known.mean(axis=0), spread=known.std(axis=0) + 1e-6)

    def apply(self, values: Array) -> Array:
        """The scaled inputs; zeros where one is not known."""
        scaled = np.clip((values - self.mean) / self.spread, -MOST_SPREADS, MOST_SPREADS)
        inputs = np.concatenate([np.ones((len(values), 1)), scaled], axis=1)
        return np.where(np.isnan(inputs).any(axis=1)[:, None], 0.0, inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Inputs (scaled, with a leading 1) and what came, at each place of the grid; unusable places hold zeros.

    `is_known` marks where the inputs are known, `has_truth` where the truth is known, too, `horizon` how many places
    later the truth is seen.
    """

    inputs: Array
    truths: Array
    is_known: Flags
    has_truth: Flags
    horizon: int
    step_hours: float

    @classmethod
    def of(cls, values: Array, truths: Array, *, scaling: Scaling, horizon: int, step_hours: float) -> Rows:
        """The rows of the places of a grid."""
        known: Flags = np.logical_not(np.isnan(values).any(axis=1))
        has_truth = known & ~np.isnan(truths)
        return cls(
            inputs=scaling.apply(values),
            truths=np.where(has_truth, truths, 0.0),
            is_known=known,
            has_truth=has_truth,
            horizon=horizon,
            step_hours=step_hours,
        )

    def __len__(self) -> int:
        return len(self.truths)

    def forecasts(self, weights: Array) -> Array:
        """What each regression forecasts at each place (places x regressions); NaN where inputs are not known."""
        found: Array = self.inputs @ weights
        found[~self.is_known] = np.nan
        return found


def blocks_of(places: int, *, every: int, rarely: int, often_from: int) -> list[slice]:
    """The stretches between two fits: `rarely` places long until `often_from`, then `every` places.

    What is fitted long before the forecasts that count serves their bands and trust only, and a fit takes time.
    """
    starts = [*range(0, often_from, rarely), *range(often_from, places, every)]
    return [slice(start, end) for start, end in pairwise([*starts, places]) if start < end]


def walked(rows: Rows, blocks: Sequence[slice], kinds: Kinds) -> tuple[Array, Array | None]:
    """Forecasts (places x regressions), each by regressions on what was known when its block began.

    With them the weights on all that is known at the end; None where that is too little.
    """
    found = np.full((len(rows), len(kinds.half_lives_hours) * len(kinds.penalties)), np.nan)
    sums, seen, every = RecursiveSums(kinds, rows.inputs.shape[1]), 0, 1 + len(rows) // MOST_ROWS
    for block in [*blocks, slice(len(rows), len(rows))]:
        end = max(seen, block.start - rows.horizon + 1)
        sums.forget((end - seen) * rows.step_hours)
        usable = np.flatnonzero(rows.has_truth[seen:end]) + seen
        usable = usable[usable % every == 0]
        sums.add(rows.inputs[usable], rows.truths[usable])
        seen = end
        if sums.rows_seen >= MIN_ROWS:
            weights = sums.weights()
            found[block] = rows.inputs[block] @ weights
    found[~rows.is_known] = np.nan
    return found, weights if sums.rows_seen >= MIN_ROWS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The recent squared errors of forecasts that run side by side, summed with a half-life, and their count."""

    losses: Array
    count: float

    @classmethod
    def none(cls, count: int) -> Trust:
        """Before anything is known."""
        return cls(losses=np.zeros(count), count=1e-9)

    def later(self, left: float, losses: Array) -> Trust:
        """After a time in which the truths of some moments became known (moments x forecasts)."""
        return Trust(losses=self.losses * left + losses.sum(axis=0), count=self.count * left + len(losses))

    @property
    def weights(self) -> Array:
        """How much each counts; they add up to 1."""
        mean = self.losses / self.count
        weights: Array = np.exp(-TRUST * (mean - mean.min()) / max(float(mean.min()), 1e-3))
        shares: Array = weights / weights.sum()
        return shares


def averaged(rows: Rows, forecasts: Array, *, trust: Trust, since: int = 0) -> tuple[Array, Array, Trust]:
    """The mean forecast at each place, weighted by recent skill, the spread around it, and the trust after the last.

    The trust given holds until `since`, and learns from there on. The last column is "stays as it is", which stands
    alone where no regression can be used.
    """
    weights = np.tile(trust.weights, (len(rows), 1))
    for places, held in _trusts(rows, forecasts, trust, since):
        weights[places], trust = held.weights, held
    mean: Array = (weights * forecasts).sum(axis=1)
    spread: Array = np.sqrt((weights * (forecasts - mean[:, None]) ** 2).sum(axis=1))
    is_alone = np.isnan(mean)
    return np.where(is_alone, forecasts[:, -1], mean), np.where(is_alone, 0.0, spread), trust


def _trusts(rows: Rows, forecasts: Array, trust: Trust, since: int) -> Iterator[tuple[slice, Trust]]:
    """The trust in each hour from `since` on, and after the last place."""
    judged = rows.has_truth & ~np.isnan(forecasts).any(axis=1)
    losses = (forecasts - rows.truths[:, None]) ** 2
    losses = losses / np.sqrt(losses.mean(axis=1, keepdims=True) + 1.0)  # one flood doesn't decide for weeks
    every = max(1, round(1 / rows.step_hours))
    seen, before = max(0, since - rows.horizon), since
    for start in [*range(since, len(rows), every), len(rows)]:
        end = max(seen, start - rows.horizon + 1)
        left = 0.5 ** ((start - before) * rows.step_hours / TRUST_HALF_LIFE_HOURS)
        trust = trust.later(left, losses[seen:end][judged[seen:end]])
        yield slice(start, start + every), trust
        seen, before = end, start
