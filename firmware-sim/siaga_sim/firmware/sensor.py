"""The physics in front of the firmware: an echo sounder over moving water, and a battery that runs down."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

NOTHING_HEARD = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoSensor:
    """Looks down on the water from `mount_mm` over the gauge's zero; `chance` is seeded by whoever builds it."""

    mount_mm: int
    chance: Random
    noise_mm: float = 3.0
    spike_share: float = 0.03
    lost_share: float = 0.02
    longest_spike_mm: int = 1200

    def echo_mm(self, level_mm: float) -> int | None:
        """One echo: the distance down to the water, seldom to something floating on it, or nothing at all."""
        if self.chance.random() < self.lost_share:
            return NOTHING_HEARD
        distance = self.mount_mm - level_mm + self.chance.gauss(0.0, self.noise_mm)
        if self.chance.random() < self.spike_share:
            # Debris and boats stand above the water, so a false echo comes from nearer, never from below.
            distance -= self.chance.uniform(50, self.longest_spike_mm)
        return max(0, round(distance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery whose voltage falls evenly while it feeds the device."""

    full_mv: int = 4050
    fall_mv_per_hour: float = 2.0

    def millivolts(self, powered_seconds: float) -> int:
        """Voltage after so long."""
        return max(0, round(self.full_mv - self.fall_mv_per_hour * powered_seconds / 3600))
