"""Turns the raw values of one simple sensor into samples, as a gauge with a firmware of its own would give them."""

from __future__ import annotations

from siaga_edge.gauge.burst import Burst, BurstPlan, RawValues, add
from siaga_edge.gauge.conversion import Conversion, LinearConversion
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.scale import Scale


class RawSensor:
    """Counts its own readings; owned by one thread."""

    def __init__(self, scale: Scale, plan: BurstPlan, conversion: Conversion | None = None) -> None:
        self._scale, self._plan, self._conversion = scale, plan, conversion or LinearConversion()
        self._received: RawValues = ()
        self._is_faulty = False
        self._number = 0

    def measure(self, value: float | None) -> Sample | None:
        """One number of the sensor, None for no echo; a sample when its burst is full."""
        converted = None if value is None else self._conversion.value(value)
        self._is_faulty |= value is not None and converted is None
        self._received, burst = add(self._received, converted, self._plan)
        if burst is None:
            return None
        self._number += 1
        sample, self._is_faulty = self._sample(burst), False
        return sample

    def forget(self) -> None:
        """A burst that was torn by an outage is begun anew: half of it would be of another time."""
        self._received, self._is_faulty = (), False

    def _flags(self, burst: Burst) -> tuple[str, ...]:
        fault = ("sensor_fault",) if self._is_faulty and burst.value is None else ()
        return ("burst_incomplete", *fault) if burst.is_incomplete else fault

    def _sample(self, burst: Burst) -> Sample:
        return Sample(
            number=self._number,
            age_seconds=0.0,
            level_cm=None if burst.value is None else self._scale.level_cm(burst.value),
            flags=self._flags(burst),
            spread_cm=None if burst.spread is None else round(self._scale.spread_cm(burst.spread), 2),
            samples=burst.valid,
        )
