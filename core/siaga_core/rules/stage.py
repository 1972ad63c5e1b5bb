"""Siaga stages of a gauge: 4 is normal, 3, 2 and 1 are the rising alarms.

The same rule decides on the node for the siren and in the cloud for the record (docs/adr/0001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

NORMAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLimits:
    """Lower bounds in cm over the gauge's zero, inclusive as the city publishes them; None where none is known."""

    s3_cm: float
    s2_cm: float | None = None
    s1_cm: float | None = None

    def __post_init__(self) -> None:
        known = [limit for limit in (self.s3_cm, self.s2_cm, self.s1_cm) if limit is not None]
        if known != sorted(known):
            raise ValueError(f"limits must rise from Siaga 3 to Siaga 1, got {known}")

    def lower_bound_cm(self, stage: int) -> float | None:
        """Where a stage begins; None for Siaga 4 and for unknown limits."""
        return {3: self.s3_cm, 2: self.s2_cm, 1: self.s1_cm}.get(stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWatch:
    """What is remembered of one gauge between readings."""

    stage: int = NORMAL
    since: datetime | None = None
    level_cm: float | None = None
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged:
    """A gauge came to another stage."""

    previous: int
    stage: int
    level_cm: float
    at: datetime

    @property
    def is_rise(self) -> bool:
        """Whether it got worse."""
        return self.stage < self.previous


def stage_for(level_cm: float, limits: StageLimits) -> int:
    """The stage of a level alone: the worst whose lower bound is reached (inclusive)."""
    for stage in (1, 2, 3):
        bound = limits.lower_bound_cm(stage)
        if bound is not None and level_cm >= bound:
            return stage
    return NORMAL


def step(
    watch: StageWatch, level_cm: float | None, *, at: datetime, limits: StageLimits, hysteresis_cm: float
) -> tuple[StageWatch, StageChanged | None]:
    """Takes one reading. A rise counts at once; a fall only once the level is `hysteresis_cm` below the bound.

    No level (None, not a number) and readings that are not newer change nothing: unknown is not normal.
    """
    if level_cm is None or not math.isfinite(level_cm) or (watch.measured_at is not None and at <= watch.measured_at):
        return watch, None
    stage = _held(watch.stage, level_cm, limits, hysteresis_cm)
    seen = replace(watch, level_cm=level_cm, measured_at=at)
    if stage == watch.stage:
        return seen if seen.since else replace(seen, since=at), None
    changed = StageChanged(previous=watch.stage, stage=stage, level_cm=level_cm, at=at)
    return replace(seen, stage=stage, since=at), changed


def _held(before: int, level_cm: float, limits: StageLimits, hysteresis_cm: float) -> int:
    plain = stage_for(level_cm, limits)
    # Falling: judged as if the water stood a little higher, so that a level that wobbles on a bound stays put.
    return plain if plain <= before else max(before, stage_for(level_cm + hysteresis_cm, limits))
