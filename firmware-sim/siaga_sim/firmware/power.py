"""The gauge's power: a lithium cell, a small panel in the sun of the day, and what each mode draws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

HOUR_SECONDS = 3600.0
LONGEST_STEP_HOURS = 0.25
# Open-circuit voltage of a lithium-ion cell over its charge.
_CURVE = ((0.0, 3000), (0.03, 3300), (0.1, 3450), (0.2, 3600), (0.5, 3780), (0.8, 3980), (1.0, 4150))

_DRAWS_MA: Mapping[str, float] = {
    "off": 0.0,
    "flat": 0.02,
    "booting": 35.0,
    "joining": 110.0,
    "measuring": 28.0,
    "reporting": 90.0,
    "sleeping": 0.06,
    "sensor_fault": 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a gauge is built with. Below `low_share` it saves, below `flat_share` it stops until `wake_share`."""

    capacity_mah: float = 5200.0
    panel_ma: float = 220.0
    clear_share: float = 0.5
    starts_at_hour: float = 6.0
    low_share: float = 0.12
    flat_share: float = 0.03
    wake_share: float = 0.08
    draws_ma: Mapping[str, float] = field(default_factory=lambda: _DRAWS_MA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How full the cell is, 0..1."""

    share: float = 0.9


def sun_share(hour: float) -> float:
    """How much of its most a panel gets at an hour of the day near the equator: from six to six, most at noon."""
    return max(0.0, math.sin(math.pi * (hour % 24 - 6) / 12))


def fed(cell: Cell, supply: Supply, *, mode: str, began: float, ended: float) -> Cell:
    """The cell after the device was in a mode from `began` to `ended`, seconds since power-on."""
    hours = max(0.0, ended - began) / HOUR_SECONDS
    steps = max(1, math.ceil(hours / LONGEST_STEP_HOURS))
    share = cell.share
    for number in range(steps):
        middle = supply.starts_at_hour + began / HOUR_SECONDS + hours * (number + 0.5) / steps
        net_ma = supply.panel_ma * supply.clear_share * sun_share(middle) - supply.draws_ma[mode]
        share = min(1.0, max(0.0, share + net_ma * hours / steps / supply.capacity_mah))
    return replace(cell, share=share)


def millivolts(cell: Cell) -> int:
    """Return the voltage of the cell in millivolts."""
    for (low, low_mv), (high, high_mv) in itertools.pairwise(_CURVE):
        if cell.share <= high:
            return round(low_mv + (high_mv - low_mv) * (cell.share - low) / (high - low))
    return _CURVE[-1][1]
