"""How deep a road is under water, measured by marks of known height in a camera's view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from siaga_core.rules.flood_state import FloodState, state_of_depth

LOOKS, COVERED_LOOKS = 3, 2  # of the last looks at a mark so many must have found it covered: a wave is no depth

Looks: TypeAlias = tuple[tuple[datetime, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthWatch:
    """What is remembered of each mark of a road, in the order of the marks: the last looks at which it was seen."""

    looks: tuple[Looks, ...] = ()


def step(
    watch: DepthWatch, covered: Sequence[bool | None], *, at: datetime, retain_for: timedelta = timedelta(minutes=10)
) -> DepthWatch:
    """Takes one look: for each mark whether water covers it, None where it could not be seen.

    A look counts for `retain_for`: what stood behind a parked bus for longer is not known any more.
    """
    before = watch.looks or ((),) * len(covered)
    if len(before) != len(covered):
        raise ValueError(f"expected {len(before)} marks as before, got {len(covered)}")
    return DepthWatch(
        looks=tuple(
            _with(looks, now, at=at, oldest=at - retain_for) for looks, now in zip(before, covered, strict=True)
        )
    )


def depth_cm(watch: DepthWatch, heights_cm: Sequence[float]) -> float | None:
    """The height of the highest mark that is under water; None where none is, or none could be seen."""
    under = (height for height, looks in zip(heights_cm, watch.looks, strict=False) if _is_covered(looks))
    return max(under, default=None)


def severity(depth: float | None) -> str | None:
    """minor, moderate or severe by the band of the depth; None where it says nothing (unknown, or below all bands)."""
    state = FloodState.NONE if depth is None else state_of_depth(depth)
    return None if state is FloodState.NONE else state.label


def _with(looks: Looks, covered: bool | None, *, at: datetime, oldest: datetime) -> Looks:
    held = tuple((when, was) for when, was in looks if oldest <= when < at)
    return held[-LOOKS:] if covered is None else (*held, (at, covered))[-LOOKS:]


def _is_covered(looks: Looks) -> bool:
    return sum(was for _, was in looks) >= COVERED_LOOKS
