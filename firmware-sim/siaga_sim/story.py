"""Where in its story the simulated city is."""

from __future__ import annotations

import time
from collections.abc import Callable

from siaga_sim import river
from siaga_sim.city import City
from siaga_sim.scenario import Scenario, StreetWater


class StoryClock:
    """Seconds since the story began; nought until then."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: float | None = None

    def begin(self) -> bool:
        """Let the story run from now on; False when it already does."""
        if self._began is not None:
            return False
        self._began = self._monotonic()
        return True

    @property
    def has_begun(self) -> bool:
        """Whether the story runs."""
        return self._began is not None

    def seconds(self) -> float:
        """How far the story is."""
        return 0.0 if self._began is None else self._monotonic() - self._began


class World:
    """The city's water at any moment of the story."""

    def __init__(self, scenario: Scenario, city: City) -> None:
        self._speed, self._starts_hour = scenario.river_speed, scenario.starts_hour
        self.river = river.River(city.network(), scenario.bursts(), hours=scenario.river_hours)

    def river_hour(self, story_seconds: float) -> float:
        """The river's own clock."""
        return self._starts_hour + story_seconds * self._speed / 3600

    def level_cm(self, gauge_id: str, story_seconds: float) -> float:
        """The level at a gauge over its zero."""
        return self.river.level_cm(gauge_id, self.river_hour(story_seconds))

    def street_cm(self, water: StreetWater | None, story_seconds: float) -> float:
        """How deep a street stands in water."""
        if water is None:
            return 0.0
        if water.surge is not None:
            depth_cm = water.max_cm * water.surge.share(story_seconds)
        elif water.pond is not None:
            depth_cm = self.river.pond_cm(water.pond, self.river_hour(story_seconds))
        else:
            over_cm = self.level_cm(str(water.gauge), story_seconds) - (water.bank_cm or 0.0)
            depth_cm = max(0.0, over_cm) * water.street_cm_per_cm
        return min(depth_cm, water.max_cm)
