"""Bootstrap intervals: how far a figure would move had other pictures of the same kind been taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure on all pictures, and its 95 % interval over resampled ones."""

    value: float
    low: float
    high: float

    def as_json(self) -> list[float | None]:
        """[value, low, high], rounded; None where it could not be computed."""
        return [None if np.isnan(x) else round(float(x), 4) for x in (self.value, self.low, self.high)]


def interval(figure: Callable[[Weights], float], *, images: int, rounds: int, seed: int = 0) -> Interval:
    """`figure` of how often each picture counts; percentiles over `rounds` draws with replacement."""
    value = figure(np.ones(images))
    if rounds < 2 or images < 2:
        return Interval(value=value, low=float("nan"), high=float("nan"))
    chance = np.random.default_rng(seed)
    draws = chance.multinomial(images, np.full(images, 1 / images), size=rounds).astype(float)
    figures = np.array([figure(draw) for draw in draws])
    if np.isnan(figures).all():
        return Interval(value=value, low=float("nan"), high=float("nan"))
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))
