"""Gauges behind Modbus: ones with our firmware's register map, and other makers' sensors with a level in a register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga_edge.adapters.modbus_bus import ModbusBus, Table
from siaga_edge.gauge.raw import RawSensor
from siaga_edge.gauge.register_values import ValueType, WordOrder, decode_value, words_of
from siaga_edge.gauge.registers import COUNT, Sample, decode
from siaga_edge.gauge.runner import GaugeUnreachableError


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPlace:
    """Where a sensor keeps its value; numbers in `no_reading` are its own way to say that it has none."""

    table: Table
    address: int
    kind: ValueType
    order: WordOrder
    byte_order: WordOrder = "high_first"
    no_reading: frozenset[float]


class ModbusGauge:
    """A gauge with the map "siaga-firmware-1"; owned by one thread."""

    def __init__(self, bus: ModbusBus, *, unit: int) -> None:
        self._bus, self._unit = bus.join(), unit

    def read(self, now: datetime) -> Sequence[Sample]:
        """The latest reading; raises `GaugeUnreachableError` or `RegisterError`."""
        sample = decode(self._bus.read(self._unit, "input", 0, COUNT))
        return () if sample is None else (sample,)

    def mark_read(self, sample: Sample) -> None:
        """The device keeps only its latest reading; there is nothing to remember."""

    def close(self) -> None:
        """Release the line, which other devices may still use."""
        self._bus.leave()


class ModbusSensor:
    """A sensor without readings of its own: asked at each poll, one reading from each burst; owned by one thread."""

    def __init__(self, bus: ModbusBus, place: RegisterPlace, sensor: RawSensor, *, unit: int) -> None:
        self._bus, self._place, self._sensor, self._unit = bus.join(), place, sensor, unit

    def read(self, now: datetime) -> Sequence[Sample]:
        """A reading when a burst is full; raises `GaugeUnreachableError` or `RegisterError`."""
        place = self._place
        try:
            registers = self._bus.read(self._unit, place.table, place.address, words_of(place.kind))
        except GaugeUnreachableError:
            self._sensor.forget()
            raise
        value = decode_value(registers, place.kind, place.order, place.byte_order)
        sample = self._sensor.measure(None if value in place.no_reading else value)
        return () if sample is None else (sample,)

    def mark_read(self, sample: Sample) -> None:
        """A burst is not kept; there is nothing to remember."""

    def close(self) -> None:
        """Release the line, which other devices may still use."""
        self._bus.leave()
