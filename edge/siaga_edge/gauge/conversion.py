"""What the number of a sensor stands for in its unit: scale and offset, or the counts of a 4-20 mA input. Pure.

A current below 3.6 mA or above 21 mA is a broken wire, a short circuit or a sensor that reports its own failure
(NAMUR NE 43). It is no reading, never a level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

LEAST_MA: Final = 3.6
MOST_MA: Final = 21.0
_SPAN_MA: Final = 16.0


class Conversion(Protocol):
    """Turns the number of a sensor into a value in the declared unit."""

    def value(self, raw: float) -> float | None:
        """Return the value that a number stands for; None for one that reports a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearConversion:
    """A value is the number times `scale` plus `offset`."""

    scale: float = 1.0
    offset: float = 0.0

    def value(self, raw: float) -> float | None:
        """Return the value that a number stands for."""
        return raw * self.scale + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentLoop:
    """The counts of an analog input at 4 and 20 mA, and the values that the sensor gives these currents."""

    counts_4ma: float
    counts_20ma: float
    value_4ma: float
    value_20ma: float

    def value(self, raw: float) -> float | None:
        """Return the value that a number of counts stands for; None for a current that no working sensor has."""
        share = (raw - self.counts_4ma) / (self.counts_20ma - self.counts_4ma)
        if not LEAST_MA <= 4 + share * _SPAN_MA <= MOST_MA:
            return None
        return self.value_4ma + share * (self.value_20ma - self.value_4ma)
