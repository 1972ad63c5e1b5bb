"""The register map of the simulated gauges, word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges import input_registers

READING = DeviceReading(
    number=70_000, level_mm=7512, taken_at=100, spread_mm=6, valid=7, report_seconds=60, battery_mv=3900
)


def registers(reading: DeviceReading | None, *, at: float = 104.9) -> list[int]:
    return input_registers(reading, at=at, battery_mv=4000)


def test_a_reading_lies_in_its_registers() -> None:
    assert registers(READING) == [1, 0, 7512, 0, 1, 4464, 4, 6, 7, 3900, 60]


@pytest.mark.parametrize(
    ("level_mm", "words"),
    [
        pytest.param(0, [0, 0], id="nought is a level"),
        pytest.param(-510, [0xFFFF, 0xFE02], id="below the zero"),
        pytest.param(70_000, [1, 4464], id="high word first"),
        pytest.param(None, [0x8000, 0], id="no reading"),
    ],
)
def test_levels_are_signed_and_nothing_is_not_nought(level_mm: int | None, words: list[int]) -> None:
    assert registers(replace(READING, level_mm=level_mm))[1:3] == words


@pytest.mark.parametrize(
    ("flag", "bit"),
    [("burst_incomplete", 0), ("sensor_fault", 1), ("low_battery", 2), ("out_of_range", 3)],
)
def test_each_flag_has_its_bit(flag: str, bit: int) -> None:
    assert registers(replace(READING, **{flag: True}))[3] == 1 << bit


def test_before_the_first_reading_there_is_none() -> None:
    assert registers(None) == [1, 0x8000, 0, 0, 0, 0, 0xFFFF, 0, 0, 4000, 0]


def test_an_old_reading_does_not_wrap_its_age() -> None:
    assert registers(READING, at=1e6)[6] == 0xFFFF
