"""Ridge regressions that learn as truths arrive, and a mean of them that trusts those that were right of late.

The sums of the normal equations are kept with a half-life, so that a river that changes (a gate's new rule, a dredged
bed) is learnt anew: recursive least squares with exponential forgetting. Several half-lives and penalties run side by
side; their forecasts are averaged with weights that fall with the recent squared error (exponentially weighted
forecasters: Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006, chapter 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from siaga_cloud.forecast.learning.series import Array, Flags

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
HALF_LIVES_HOURS = (None, 24.0 * 60, 24.0 * 10, 24.0 * 4, 24.0 * 2)
TRUST_HALF_LIFE_HOURS = 24.0 * 10
TRUST = 8.0
MIN_ROWS = 200
WEIGHED_CM = 30.0
MOST_WEIGHED_CM = 90.0
MOST_SPREADS = 12.0  # inputs are cut at so many standard deviations


@dataclass(slots=True)
class RecursiveSums:
    """The normal equations of the rows seen so far, older ones with less weight."""

    width: int
    squares: Array = field(init=False)
    products: Array = field(init=False)
    rows: float = 0.0  # with the weights that they have now
    rows_seen: int = 0

    def __post_init__(self) -> None:
        self.squares = np.zeros((self.width, self.width))
        self.products = np.zeros(self.width)

    def forget(self, share_left: float) -> None:
        """Weigh all rows seen so far by a share."""
        self.squares *= share_left
        self.products *= share_left
        self.rows *= share_left

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

    def weights(self, penalty: float) -> Array:
        """The weights of the ridge regression; the constant is not penalised."""
        squares = np.array(self.squares)
        places = np.arange(1, self.width)
        squares[places, places] += penalty * max(self.rows, 1.0)
        squares[0, 0] += 1e-6
        weights: Array = np.linalg.solve(squares, self.products).astype(np.float64)
        return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Inputs (scaled, with a leading 1) and what came, at each place of the grid; unusable places hold zeros.

    `is_known` says where the inputs are known, `has_truth` where the truth is known, too, `horizon` how many places
    later the truth is seen.
    """

    inputs: Array
    truths: Array
    is_known: Flags
    has_truth: Flags
    horizon: int
    step_hours: float

    @classmethod
    def of(cls, values: Array, truths: Array, *, until: int, horizon: int, step_hours: float) -> Rows:
        """Scale by the mean and spread of the places before `until`."""
        known: Flags = np.logical_not(np.isnan(values).any(axis=1))
        fitted = values[:until][known[:until]]
        mean, spread = (fitted.mean(axis=0), fitted.std(axis=0)) if len(fitted) else (0.0, 1.0)
        scaled = np.clip((values - mean) / (spread + 1e-6), -MOST_SPREADS, MOST_SPREADS)
        inputs = np.concatenate([np.ones((len(values), 1)), scaled], axis=1)
        has_truth = known & ~np.isnan(truths)
        return cls(
            inputs=np.where(known[:, None], inputs, 0.0),
            truths=np.where(has_truth, truths, 0.0),
            is_known=known,
            has_truth=has_truth,
            horizon=horizon,
            step_hours=step_hours,
        )

    def __len__(self) -> int:
        return len(self.truths)


def blocks_of(places: int, *, every: int, rarely: int, often_from: int) -> list[slice]:
    """The stretches between two fits: `rarely` places long until `often_from`, then `every` places.

    What is fitted long before the forecasts that count serves their bands and trust only, and a fit takes time.
    """
    starts = [*range(0, often_from, rarely), *range(often_from, places, every)]
    return [slice(start, end) for start, end in pairwise([*starts, places]) if start < end]


def walked(
    rows: Rows, blocks: Sequence[slice], *, half_life_hours: float | None, penalties: tuple[float, ...]
) -> Array:
    """Forecasts (places x penalties), each by a regression on what was known when its block began."""
    found = np.full((len(rows), len(penalties)), np.nan)
    sums, seen = RecursiveSums(rows.inputs.shape[1]), 0
    for block in blocks:
        if half_life_hours:
            sums.forget(0.5 ** ((block.stop - block.start) * rows.step_hours / half_life_hours))
        new = slice(seen, max(seen, block.start - rows.horizon + 1))
        usable = rows.has_truth[new]
        sums.add(rows.inputs[new][usable], rows.truths[new][usable])
        seen = new.stop
        if sums.rows_seen >= MIN_ROWS:
            weights = np.stack([sums.weights(penalty) for penalty in penalties], axis=1)
            found[block] = rows.inputs[block] @ weights
    found[~rows.is_known] = np.nan
    return found


def averaged(rows: Rows, forecasts: Array) -> tuple[Array, Array]:
    """The mean forecast, weighted by recent skill, and the spread of the forecasts around it."""
    left = 0.5 ** (rows.step_hours / TRUST_HALF_LIFE_HOURS)
    mean, spread = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for place, weights in enumerate(_trusts(rows, forecasts, left)):
        if not np.isnan(forecasts[place]).any():
            mean[place] = weights @ forecasts[place]
            spread[place] = np.sqrt(weights @ (forecasts[place] - mean[place]) ** 2)
    return mean, spread


def _trusts(rows: Rows, forecasts: Array, left: float) -> Iterator[Array]:
    losses, count = np.zeros(forecasts.shape[1]), 1e-9
    judged = rows.has_truth & ~np.isnan(forecasts).any(axis=1)
    for place in range(len(rows)):
        losses, count = losses * left, count * left
        matured = place - rows.horizon
        if matured >= 0 and judged[matured]:
            losses = losses + (forecasts[matured] - rows.truths[matured]) ** 2
            count += 1
        mean = losses / count
        weights = np.exp(-TRUST * (mean - mean.min()) / max(float(mean.min()), 1e-3))
        yield weights / weights.sum()


def forecast_changes(rows: Rows, blocks: Sequence[slice], *, unchanged: Array) -> tuple[Array, Array]:
    """The averaged forecast of all regressions and of "stays as it is", with the spread among them."""
    forecasts = [walked(rows, blocks, half_life_hours=half_life, penalties=PENALTIES) for half_life in HALF_LIVES_HOURS]
    return averaged(rows, np.concatenate([*forecasts, unchanged[:, None]], axis=1))
