"""The register map "siaga-firmware-1": what a device's reading looks like in Modbus input registers."""

from __future__ import annotations

import struct

from siaga_sim.firmware.device import DeviceReading

MAP_VERSION = 1
REGISTER_COUNT = 11
NO_LEVEL = -(2**31)
_LAYOUT = struct.Struct(">HiHIHHHHH")
_U16 = 0xFFFF


def input_registers(reading: DeviceReading | None, *, at: float, battery_mv: int) -> list[int]:
    """The 11 registers of a device at a moment; a device that has not read yet holds reading number 0 and no level."""
    if reading is None:
        return _words(_LAYOUT.pack(MAP_VERSION, NO_LEVEL, 0, 0, _U16, 0, 0, battery_mv & _U16, 0))
    return _words(
        _LAYOUT.pack(
            MAP_VERSION,
            NO_LEVEL if reading.level_mm is None else reading.level_mm,
            _flags(reading),
            reading.number,
            min(max(int(at - reading.taken_at), 0), _U16),
            min(reading.spread_mm, _U16),
            min(reading.valid, _U16),
            min(reading.battery_mv, _U16),
            min(round(reading.report_seconds), _U16),
        )
    )


def _flags(reading: DeviceReading) -> int:
    bits = (reading.burst_incomplete, reading.sensor_fault, reading.low_battery, reading.out_of_range)
    return sum(1 << place for place, is_set in enumerate(bits) if is_set)


def _words(packed: bytes) -> list[int]:
    return list(struct.unpack(f">{REGISTER_COUNT}H", packed))
