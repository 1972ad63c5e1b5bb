"""Where in its story the simulated city is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from siaga_sim import river
from siaga_sim.city import City
from siaga_sim.scenario import Scenario, StreetWater

REPEATED_SECONDS = 4.0  # of a scene that stands still, because a camera that sees no change counts as frozen
LOOK_SECONDS = 0.25
FASTEST = 10.0


class StoryClock:
    """Seconds since the story began; nought until then. It can stand, run faster and jump forward, but never back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._has_begun = False
        self._passed, self._since, self._rate = 0.0, 0.0, 1.0

    def begin(self) -> bool:
        """Let the story run from now on; False when it already does."""
        with self._lock:
            if self._has_begun:
                return False
            self._has_begun, self._since = True, self._monotonic()
            return True

    @property
    def has_begun(self) -> bool:
        """Whether the story runs."""
        return self._has_begun

    @property
    def rate(self) -> float:
        """How many seconds of the story pass in one second; nought while it stands."""
        return self._rate

    def seconds(self) -> float:
        """How far the story is."""
        with self._lock:
            return self._seconds()

    def scene_seconds(self) -> float:
        """The moment that cameras show: while the story stands, its last seconds back and forth."""
        with self._lock:
            passed = self._seconds()
            if self._rate or not self._has_begun:
                return passed
            phase = (self._monotonic() - self._since) % (2 * REPEATED_SECONDS)
            return max(0.0, passed - min(phase, 2 * REPEATED_SECONDS - phase))

    def set_rate(self, rate: float) -> None:
        """Run at another speed from now on; nought lets the story stand. Raises ValueError."""
        if not 0 <= rate <= FASTEST:
            raise ValueError(f"rate of the story: got {rate:g}, expected from 0 to {FASTEST:g}")
        with self._lock:
            self._passed, self._since = self._seconds(), self._monotonic()
            self._rate = rate

    def jump(self, to_seconds: float) -> None:
        """Go forward to a moment. Raises ValueError for one that is over: the city remembers what has happened."""
        with self._lock:
            now = self._seconds()
            if not self._has_begun or not now <= to_seconds < math.inf:
                raise ValueError(f"moment of the story: got {to_seconds:g} s, expected {now:g} s or later")
            self._passed, self._since = to_seconds, self._monotonic()

    def follow(self, seconds: float, rate: float) -> None:
        """Run as another clock does, whose moment may be over here by now. Raises ValueError."""
        self.set_rate(rate)
        if not 0 <= seconds < math.inf:
            raise ValueError(f"moment of the story: got {seconds:g}, expected a number of seconds")
        with self._lock:
            if self._has_begun:
                self._passed, self._since = max(self._seconds(), seconds), self._monotonic()

    def is_stopped_before(self, at_seconds: float, stop: threading.Event) -> bool:
        """Wait for a moment of the story, whatever its clock does; whether `stop` was set before it came."""
        while (left := at_seconds - self.seconds()) > 0:
            if stop.wait(min(LOOK_SECONDS, left / self._rate if self._rate else LOOK_SECONDS)):
                return True
        return stop.is_set()

    def _seconds(self) -> float:
        if not self._has_begun:
            return 0.0
        return self._passed + (self._monotonic() - self._since) * self._rate


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
