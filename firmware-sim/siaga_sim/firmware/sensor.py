"""The physics in front of the firmware: an echo sounder over moving water, in air that is warm, over foam."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

NO_ECHO = None
KELVIN = 273.15
SUMMER_NOON_C = 33.0
DAILY_SWING_C = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """The air over the water, and what the sensor's own thermometer, which the sun heats, takes it for."""

    true_c: float = 27.0
    felt_c: float = 27.0

    @property
    def stretch(self) -> float:
        """Measured distance over true distance: sound is faster in warm air, by the root of its temperature."""
        return math.sqrt((self.felt_c + KELVIN) / (self.true_c + KELVIN))


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoSensor:
    """Looks down on the water from `mount_mm` over the gauge's zero; `chance` is seeded by whoever builds it."""

    mount_mm: int
    chance: Random
    noise_mm: float = 3.0
    spike_share: float = 0.03
    lost_share: float = 0.02
    longest_spike_mm: int = 1200
    double_share: float = 0.01
    foam_share: float = 0.0
    foam_mm: float = 60.0

    def echo_mm(self, level_mm: float, air: Air | None = None) -> int | None:
        """One echo: the distance down to the water, seldom to something floating on it, or nothing at all."""
        if self.chance.random() < self.lost_share:
            return NO_ECHO
        surface_mm = self._surface_mm(level_mm)
        if surface_mm is NO_ECHO:
            return NO_ECHO
        distance = (self.mount_mm - surface_mm) * (air or Air()).stretch + self.chance.gauss(0.0, self.noise_mm)
        return max(0, round(distance + self._lie_mm(distance)))

    def _surface_mm(self, level_mm: float) -> float | None:
        if self.chance.random() >= self.foam_share:
            return level_mm
        # Foam swallows half of the echoes; the others come from somewhere inside of it.
        return level_mm + self.chance.uniform(0, self.foam_mm) if self.chance.random() < 0.5 else NO_ECHO

    def _lie_mm(self, distance_mm: float) -> float:
        dice = self.chance.random()
        if dice < self.spike_share:
            # Debris and boats stand above the water, so their echo comes from nearer.
            return -self.chance.uniform(50, self.longest_spike_mm)
        # An echo that went up to the bridge and down again took the way twice.
        return distance_mm if dice < self.spike_share + self.double_share else 0.0


def air_at(hour: float, *, sun: float) -> Air:
    """The air at an hour of the day; in the sun (0..1) the sensor's housing is warmer than the air."""
    true_c = SUMMER_NOON_C - DAILY_SWING_C / 2 * (1 - math.cos(2 * math.pi * (hour - 14) / 24))
    return Air(true_c=true_c, felt_c=true_c + 4.0 * sun)
