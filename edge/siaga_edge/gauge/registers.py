"""The register map "siaga-firmware-1" of gauges with our firmware."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAP_VERSION = 1
COUNT = 11
NO_LEVEL = -(2**31)  # 0x80000000
_LAYOUT = struct.Struct(">HiHIHHHHH")
_FLAGS = ("burst_incomplete", "sensor_fault", "low_battery", "out_of_range")


class RegisterError(ValueError):
    """Registers that are not those of a gauge of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a gauge says: its latest reading and how old that is. `level_cm` None is no reading, never zero."""

    number: int
    age_seconds: float
    level_cm: float | None
    flags: tuple[str, ...] = ()
    spread_cm: float | None = None
    samples: int | None = None
    report_interval_seconds: float = 0.0


def decode(registers: Sequence[int]) -> Sample | None:
    """The gauge's latest reading; None when it has not read yet (number 0). Raises `RegisterError`."""
    if len(registers) != COUNT:
        raise RegisterError(f"got {len(registers)} registers, expected {COUNT}")
    packed = struct.pack(f">{COUNT}H", *registers)
    version, level_mm, bits, number, age, spread_mm, samples, _battery_mv, interval = _LAYOUT.unpack(packed)
    if version != MAP_VERSION:
        raise RegisterError(f"got register map version {version}, expected {MAP_VERSION}")
    if number == 0:
        return None
    is_missing = level_mm == NO_LEVEL
    return Sample(
        number=number,
        age_seconds=age,
        level_cm=None if is_missing else level_mm / 10,
        flags=tuple(name for place, name in enumerate(_FLAGS) if bits >> place & 1),
        spread_cm=None if is_missing else spread_mm / 10,
        samples=samples,
        report_interval_seconds=interval,
    )
