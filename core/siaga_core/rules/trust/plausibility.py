"""Whether a level can be believed before it changes the stage of a gauge: its range, its rate of rise, two of three.

The cloud asks this of every gauge. A node with an edge agent has asked the same of its sensor before (`quality`); a
smart gauge has not, and a stolen node has no reason to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from siaga_core.rules.stage import StageLimits

# Without a range of its own a gauge may read so far above its highest limit, and so far below its zero. A river passes
# the limits on its way to a level above the range, so that Siaga 1 is known before the range ends.
_ABOVE_SHARE, _ABOVE_CM = 0.25, 200.0
_BELOW_CM = 300.0
WINDOW = 2


class LevelAt(NamedTuple):
    """A usable level and when it was measured."""

    at: datetime
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibleLevels:
    """What a gauge can read: a range, and a change of at most `jump_cm` and `rate_cm_per_minute` between readings."""

    lowest_cm: float
    highest_cm: float
    jump_cm: float = 30.0
    rate_cm_per_minute: float = 25.0

    def __post_init__(self) -> None:
        if not self.lowest_cm < self.highest_cm:
            raise ValueError(f"range: got {self.lowest_cm:g} to {self.highest_cm:g} cm, expected a rising one")
        if not (self.jump_cm > 0 and self.rate_cm_per_minute > 0):
            raise ValueError("jump_cm and rate_cm_per_minute: expected positive numbers")


def range_of(
    limits: StageLimits, *, lowest_cm: float | None = None, highest_cm: float | None = None
) -> tuple[float, float]:
    """The range of a gauge: what the city has recorded, and where it has not, what follows from its limits."""
    top = max(limit for limit in (limits.s3_cm, limits.s2_cm, limits.s1_cm) if limit is not None)
    above = top + max(_ABOVE_CM, _ABOVE_SHARE * abs(top))
    below = min(-_BELOW_CM, limits.s3_cm - _BELOW_CM)
    return below if lowest_cm is None else lowest_cm, above if highest_cm is None else highest_cm


def is_in_range(level_cm: float, levels: PlausibleLevels) -> bool:
    """Whether the gauge can read this level at all; both ends belong to the range."""
    return math.isfinite(level_cm) and levels.lowest_cm <= level_cm <= levels.highest_cm


def is_confirmed(now: LevelAt, before: Sequence[LevelAt], levels: PlausibleLevels) -> bool:
    """Whether a level may change the stage: with it, two of the last three readings agree.

    `before`: usable levels before it, the newest first. A level that the river can have reached since one of the last
    two agrees with it, so that a flood waits for nothing; a jump waits for the next reading. A first reading waits too.
    """
    return is_in_range(now.level_cm, levels) and any(_agree(now, one, levels) for one in before[:WINDOW])


def _agree(now: LevelAt, earlier: LevelAt, levels: PlausibleLevels) -> bool:
    minutes = max(0.0, (now.at - earlier.at).total_seconds() / 60)
    return abs(now.level_cm - earlier.level_cm) <= levels.jump_cm + levels.rate_cm_per_minute * minutes
