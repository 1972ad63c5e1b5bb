"""Simulates floods of a street whose form is not that of the rule: water flows over a bank into an uneven bowl.

The river rises and falls by a curve of its own, pours over the bank like over a weir, stands deeper in the dips of the
road, and leaves through drains that clog. The rule knows a line, normal errors and an age.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Final

STEP_SECONDS: Final = 60
HOURS: Final = 14
STEPS: Final = HOURS * 3600 // STEP_SECONDS
PLACES: Final = 21  # of which the depth is computed, along the street
_RAIN_SHARE: Final = 0.5  # of the floods bring rain onto the street itself


@dataclass(frozen=True, slots=True)
class Street:
    """A street: its road at the gauge, how uneven it is, how it fills and drains."""

    road_cm: float
    dips_cm: tuple[float, ...]
    weir: float
    drain: float
    widens: float

    def depth_at(self, place: int, water_cm: float) -> float:
        """The depth at a place while the mean of the street has the depth `water_cm`."""
        return max(0.0, water_cm + self.dips_cm[place]) if water_cm > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood by minutes: the level at the gauge and the true depth of the street, in cm."""

    level_cm: list[float] = field(default_factory=list)
    depth_cm: list[float] = field(default_factory=list)


def make_street(dice: random.Random) -> Street:
    """Return a street by chance."""
    phases = [(dice.uniform(0, math.tau), dice.uniform(1, 4), dice.uniform(1, 6)) for _ in range(3)]
    dips = [
        sum(height * math.sin(phase + waves * math.tau * place / PLACES) for phase, waves, height in phases)
        for place in range(PLACES)
    ]
    middle = sum(dips) / PLACES
    return Street(
        road_cm=dice.uniform(600, 900),
        dips_cm=tuple(one - middle for one in dips),
        weir=math.exp(dice.uniform(math.log(0.003), math.log(0.03))),
        drain=dice.uniform(0.02, 0.10),
        widens=dice.uniform(0.75, 1.0),
    )


def make_flood(street: Street, dice: random.Random) -> Flood:
    """Return a flood of a street: a wave of the river, and in some floods rain on the street."""
    top = street.road_cm + dice.uniform(15, 130)
    base = street.road_cm - dice.uniform(80, 200)
    rises, falls = dice.uniform(1.5, 4.0), dice.uniform(3.0, 6.0)  # hours
    rain = _rain(dice) if dice.random() < _RAIN_SHARE else [0.0] * STEPS
    flood, water = Flood(), 0.0
    for step in range(STEPS):
        level = base + (top - base) * _wave(step * STEP_SECONDS / 3600, rises, falls)
        water = _next(street, water, level - street.road_cm, rain[step])
        flood.level_cm.append(level)
        flood.depth_cm.append(water)
    return flood


def _wave(hour: float, rises: float, falls: float) -> float:
    """A crest at five hours, steeper before it than after it."""
    away = hour - 5.0
    width = rises if away < 0 else falls
    return 1 / math.cosh(1.6 * away / width)


def _rain(dice: random.Random) -> list[float]:
    begins, lasts, cm = dice.uniform(1, 7) * 60, dice.uniform(20, 90), dice.uniform(2, 18)
    return [cm / lasts if begins <= step < begins + lasts else 0.0 for step in range(STEPS)]


def _next(street: Street, water: float, over: float, rain: float) -> float:
    """The depth a minute later: over the bank as over a weir, out through drains as through a hole."""
    river = max(0.0, over)
    head = river - water
    flow = math.copysign(street.weir * abs(head) ** 1.5, head) if river > 0 or (water > 0 and over > -5) else 0.0
    out = street.drain * math.sqrt(water) if water > 0 and over <= 0 else 0.0
    change = (flow + rain - out) * (1.0 if water < 20 else street.widens)
    limit = abs(head) if flow else math.inf
    return max(0.0, water + max(-max(water, limit), min(change, limit + rain)))
