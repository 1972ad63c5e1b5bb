"""Raw values become one reading: the median of a burst, its scatter, and how many counted. Pure; state in, state out.

The median, because a boat, a gull or a wave is in one or two echoes of seven and an average would keep its part.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstPlan:
    """How many raw values make a reading, and how few of them still do."""

    samples: int = 7
    fewest_valid: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A finished burst. `value` is None when too few were valid; none never becomes zero."""

    value: float | None
    spread: float | None
    valid: int
    is_incomplete: bool


RawValues = tuple[float | None, ...]


def add(raw: RawValues, value: float | None, plan: BurstPlan) -> tuple[RawValues, Burst | None]:
    """Takes one raw value, None for an echo that did not come; the burst when it is full."""
    raw = (*raw, value)
    if len(raw) < plan.samples:
        return raw, None
    return (), _judged(raw, plan)


def _judged(raw: RawValues, plan: BurstPlan) -> Burst:
    valid = [value for value in raw if value is not None]
    if len(valid) < plan.fewest_valid:
        return Burst(value=None, spread=None, valid=len(valid), is_incomplete=True)
    middle = median(valid)
    spread = median(abs(value - middle) for value in valid)
    return Burst(value=middle, spread=spread, valid=len(valid), is_incomplete=len(valid) < plan.samples)
