"""Turns the raw values of one simple sensor into samples, as a gauge with a firmware of its own would give them."""

from __future__ import annotations

from siaga_edge.gauge.burst import Burst, BurstPlan, RawValues, add
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.scale import Scale


class RawSensor:
    """Counts its own readings; owned by one thread."""

    def __init__(self, scale: Scale, plan: BurstPlan) -> None:
        self._scale, self._plan = scale, plan
        self._received: RawValues = ()
        self._number = 0

    def measure(self, value: float | None) -> Sample | None:
        """One raw value in the declared unit, None for no echo; a sample when its burst is full."""
        self._received, burst = add(self._received, value, self._plan)
        if burst is None:
            return None
        self._number += 1
        return self._sample(burst)

    def forget(self) -> None:
        """A burst that was torn by an outage is begun anew: half of it would be of another time."""
        self._received = ()

    def _sample(self, burst: Burst) -> Sample:
        return Sample(
            number=self._number,
            age_seconds=0.0,
            level_cm=None if burst.value is None else self._scale.level_cm(burst.value),
            flags=("burst_incomplete",) if burst.is_incomplete else (),
            spread_cm=None if burst.spread is None else round(self._scale.spread_cm(burst.spread), 2),
            samples=burst.valid,
        )
