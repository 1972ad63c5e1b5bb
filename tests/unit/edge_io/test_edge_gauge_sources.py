"""What gauges say: registers, the simulated firmware's and others', and rows of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edge.gauge_facts import NOW, at

from siaga_edge.adapters.csv_gauge import CsvGauge
from siaga_edge.gauge.registers import RegisterError, Sample, decode
from siaga_edge.gauge.runner import GaugeUnreachableError
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges import input_registers

# --- registers -------------------------------------------------------------------------------------------------


def test_registers_are_read_as_the_map_states() -> None:
    registers = [1, 0xFFFF, 0xFF9C, 0b0100, 1, 2, 7, 30, 5, 3900, 60]
    assert decode(registers) == Sample(
        number=65538,
        age_seconds=7,
        level_cm=-10.0,
        flags=("low_battery",),
        spread_cm=3.0,
        samples=5,
        report_interval_seconds=60,
    )


def test_the_sentinel_is_no_reading_and_never_zero() -> None:
    sample = decode([1, 0x8000, 0, 0b0010, 0, 9, 0, 0, 0, 3900, 60])
    assert sample is not None
    assert (sample.level_cm, sample.spread_cm, sample.flags) == (None, None, ("sensor_fault",))
    zero = decode([1, 0, 0, 0, 0, 9, 0, 0, 7, 3900, 60])
    assert zero is not None
    assert zero.level_cm == 0.0


def test_a_gauge_that_has_not_read_yet_reports_nothing() -> None:
    assert decode([1, 0x8000, 0, 0, 0, 0, 0xFFFF, 0, 0, 3900, 0]) is None


@pytest.mark.parametrize(
    ("registers", "complaint"),
    [
        ([1] * 10, "got 10 registers, expected 11"),
        ([2] + [0] * 10, "got register map version 2, expected 1"),
    ],
)
def test_registers_of_something_else_are_refused(registers: list[int], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        decode(registers)


@given(
    level_mm=st.one_of(st.none(), st.integers(-(2**31) + 1, 2**31 - 1)),
    number=st.integers(1, 2**32 - 1),
    flags=st.tuples(*[st.booleans()] * 4),
    age=st.integers(0, 65535),
)
def test_what_the_simulated_firmware_writes_is_what_the_edge_reads(
    level_mm: int | None, number: int, flags: tuple[bool, bool, bool, bool], age: int
) -> None:
    names = ("burst_incomplete", "sensor_fault", "low_battery", "out_of_range")
    reading = DeviceReading(
        number=number,
        level_mm=level_mm,
        taken_at=0.0,
        spread_mm=12,
        valid=7,
        report_seconds=60,
        battery_mv=3900,
        **dict(zip(names, flags, strict=True)),
    )
    sample = decode(input_registers(reading, at=float(age), battery_mv=3900))
    assert sample is not None
    assert sample.level_cm == (None if level_mm is None else level_mm / 10)
    assert (sample.number, sample.age_seconds, sample.samples) == (number, age, 7)
    assert sample.flags == tuple(name for name, is_set in zip(names, flags, strict=True) if is_set)


# --- a file ----------------------------------------------------------------------------------------------------


class Cursors:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def cursor(self, name: str) -> str | None:
        return self.values.get(name)

    def set_cursor(self, name: str, value: str) -> None:
        self.values[name] = value


def values(gauge: CsvGauge) -> list[float | None]:
    samples = gauge.read(at(1000))
    for sample in samples:
        gauge.mark_read(sample)
    return [sample.level_cm for sample in samples]


def test_each_row_is_given_once_also_over_a_restart(tmp_path: Path) -> None:
    path, cursors = tmp_path / "levels.csv", Cursors()
    path.write_text("measured_at,level_cm\n2026-01-01T00:00:00+00:00,100\n2026-01-01T00:01:00+00:00,\n")
    gauge = CsvGauge("manggarai", path, cursors=cursors)
    assert values(gauge) == [100.0, None]
    assert values(gauge) == []
    with path.open("a") as file:
        file.write("2026-01-01T00:02:00Z,102.5\n")
    assert [sample.level_cm for sample in gauge.read(at(1000))] == [102.5]
    assert values(CsvGauge("manggarai", path, cursors=cursors)) == [102.5]  # read and never taken
    assert values(CsvGauge("manggarai", path, cursors=cursors)) == []


def test_a_row_has_its_own_time_and_the_interval_to_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text("measured_at,level_cm\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n")
    first, second = CsvGauge("manggarai", path, cursors=Cursors()).read(at(100))
    assert (first.age_seconds, second.age_seconds) == (100, 40)
    assert (first.report_interval_seconds, second.report_interval_seconds) == (0, 60)
    assert first.number < second.number


def test_rows_that_cannot_be_read_are_named_once_and_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "levels.csv"
    path.write_text(
        "measured_at,level_cm\n2026-01-01T00:00:00,1\n2026-01-01T00:00:01Z,wet\n"
        "2026-01-01T00:00:02Z,inf\n2026-01-01T00:00:03Z\n2026-01-01T00:00:04Z,4\n"
    )
    gauge = CsvGauge("manggarai", path, cursors=Cursors())
    assert values(gauge) == [4.0]
    values(gauge)
    lines = [record.message for record in caplog.records]
    assert [line.split(" line ")[1].split()[0] for line in lines] == ["2", "3", "4", "5"]
    assert "2026-01-01T00:00:00 has no offset from UTC" in lines[0]


def test_a_file_that_is_gone_is_a_gauge_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(GaugeUnreachableError, match="No such file"):
        CsvGauge("manggarai", tmp_path / "none.csv", cursors=Cursors()).read(NOW)
