"""Gauges on real serial ports (pseudo-terminals): Modbus RTU with several units, and sensors that talk in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from tests.support.edge.io import wait_for
from tests.support.edge.serial_lines import ModbusDevices, SerialSensor, firmware_registers, pty_pair

from siaga_edge.adapters.modbus_bus import RTU_TIMEOUT_SECONDS, rtu_bus, tcp_bus
from siaga_edge.adapters.modbus_gauge import ModbusGauge, ModbusSensor, RegisterPlace
from siaga_edge.adapters.serial_gauge import SerialLineGauge
from siaga_edge.adapters.switches import ModbusCoil
from siaga_edge.gauge.burst import BurstPlan
from siaga_edge.gauge.lines import LineError, LineFormat, parse
from siaga_edge.gauge.raw import RawSensor
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.runner import GaugeUnreachableError
from siaga_edge.gauge.scale import Scale
from siaga_edge.gauge.sounder import SwitchError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DOWN = Scale(unit="mm", measures="distance", mount_cm=500.0)


@pytest.fixture
def ports() -> Iterator[tuple[str, str]]:
    with pty_pair() as made:
        yield made


# --- Modbus RTU ------------------------------------------------------------------------------------------------


@pytest.fixture
def line(ports: tuple[str, str]) -> Iterator[ModbusDevices]:
    units = {1: firmware_registers(123.4, 1), 2: firmware_registers(None, 5), 3: [0xFFFF, 0xF8A0, 0x447A, 0x0000]}
    devices = ModbusDevices(units, serial_port=ports[1])
    yield devices
    devices.close()


def test_several_gauges_share_one_line(ports: tuple[str, str], line: ModbusDevices) -> None:
    bus = rtu_bus(ports[0], baud=9600, parity="N", stop_bits=1)
    with closing(ModbusGauge(bus, unit=1)) as first, closing(ModbusGauge(bus, unit=2)) as second:
        for level in (123.4, -7.0):
            line.units[1] = firmware_registers(level, 1)
            assert [sample.level_cm for sample in first.read(NOW)] == [level]
            assert [sample.level_cm for sample in second.read(NOW)] == [None]


def test_registers_of_other_makers_become_readings_of_a_burst(ports: tuple[str, str], line: ModbusDevices) -> None:
    bus = rtu_bus(ports[0], baud=9600, parity="N", stop_bits=1)
    place = RegisterPlace(
        table="input", address=0, kind="int32", order="high_first", no_reading=frozenset({-(2.0**31)})
    )
    sensor = ModbusSensor(bus, place, RawSensor(Scale(unit="mm"), BurstPlan(samples=3, fewest_valid=2)), unit=3)
    with closing(sensor):
        found: list[Sample] = []
        for words in ([0xFFFF, 0xF8A0], [0x8000, 0], [0xFFFF, 0xF8AA]):  # -1888 mm, no reading, -1878 mm
            line.units[3][:2] = words
            found += sensor.read(NOW)
    (sample,) = found
    assert (sample.samples, sample.flags) == (2, ("burst_incomplete",))
    assert sample.level_cm == pytest.approx(-188.3)


def test_a_unit_that_is_gone_does_not_slow_the_others(ports: tuple[str, str], line: ModbusDevices) -> None:
    bus = rtu_bus(ports[0], baud=9600, parity="N", stop_bits=1)
    with closing(ModbusGauge(bus, unit=1)) as well, closing(ModbusGauge(bus, unit=9)) as gone:
        for _ in range(3):
            with pytest.raises(GaugeUnreachableError):
                gone.read(NOW)
        began = monotonic()
        for _ in range(5):
            with pytest.raises(GaugeUnreachableError):
                gone.read(NOW)
            assert well.read(NOW)
        assert monotonic() - began < 5 * RTU_TIMEOUT_SECONDS


def test_a_siren_hangs_on_the_line_of_a_gauge(ports: tuple[str, str], line: ModbusDevices) -> None:
    bus = rtu_bus(ports[0], baud=9600, parity="N", stop_bits=1)
    with closing(ModbusGauge(bus, unit=1)) as gauge, closing(ModbusCoil(bus, unit=2, coil=3)) as siren:
        siren.turn(is_on=True)
        assert gauge.read(NOW)
        assert line.coils == {(2, 3): True}
        siren.turn(is_on=False)
        assert line.coils == {(2, 3): False}


def test_a_missing_relay_is_reported() -> None:
    with (
        closing(ModbusCoil(tcp_bus("127.0.0.1", 9), unit=1, coil=0)) as siren,
        pytest.raises(SwitchError, match="coil 0 of unit 1: no connection"),
    ):
        siren.turn(is_on=True)


# --- lines -----------------------------------------------------------------------------------------------------


@pytest.fixture
def sensor(ports: tuple[str, str]) -> Iterator[SerialSensor]:
    with closing(SerialSensor(ports[1])) as made:
        yield made


def gauge_on(
    port: str, form: LineFormat = "maxbotix", scale: Scale = DOWN, poll_request: bytes = b""
) -> SerialLineGauge:
    return SerialLineGauge(
        port,
        baud=9600,
        parse=lambda line: parse(line, form, scale, frozenset({5000.0})),
        sensor=RawSensor(scale, BurstPlan(samples=5, fewest_valid=3)),
        poll_request=poll_request,
    )


def _has_read(gauge: SerialLineGauge, found: list[Sample]) -> bool:
    if not found:
        found += gauge.read(NOW)
    return bool(found)


def read_until(gauge: SerialLineGauge, enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    found: list[Sample] = []

    def one_more() -> bool:
        found.extend(gauge.read(NOW))
        return enough(found)

    wait_for(one_more, seconds=5)
    return found


def opened(gauge: SerialLineGauge, sensor: SerialSensor, first: str) -> None:
    gauge.read(NOW)
    sensor.set_lines(first)  # thrown away: it may be half a line


def test_a_sensor_that_streams_becomes_medians_and_its_banner_is_thrown_away(
    ports: tuple[str, str], sensor: SerialSensor
) -> None:
    with closing(gauge_on(ports[0])) as gauge:
        opened(gauge, sensor, "HRXL-MaxSonar-WR")
        sensor.set_lines("R3000", "R3010", "R0300", "R3005", "R5000", "R3000", "R5000", "R5000", "R5000", "R3000")
        first, second = read_until(gauge, lambda found: len(found) == 2)
    assert (first.samples, first.flags) == (4, ("burst_incomplete",))
    assert first.level_cm == pytest.approx(199.75)
    assert (second.level_cm, second.samples, second.number) == (None, 2, 2)  # nothing heard is never zero


def test_a_line_that_comes_in_pieces_is_one_line(ports: tuple[str, str], sensor: SerialSensor) -> None:
    with closing(gauge_on(ports[0], "key_value", Scale(unit="mm"))) as gauge:
        opened(gauge, sensor, "x")
        found: list[Sample] = []
        for piece in ("level_mm=12", "34,battery=3.9\r\n", "level_mm=1236;battery=3.9\r", "\nlevel_mm=1235\n") * 2:
            sensor.set_lines(piece, end="")
            found += gauge.read(NOW)
        wait_for(lambda: _has_read(gauge, found), seconds=5)
        (sample,) = found
    assert sample.level_cm == pytest.approx(123.5)


def test_a_sensor_is_polled_at_its_own_address(ports: tuple[str, str], sensor: SerialSensor) -> None:
    with closing(gauge_on(ports[0], "number", Scale(unit="m"), poll_request=b"M!\r")) as gauge:
        found: list[Sample] = []
        for _ in range(5):
            found += gauge.read(NOW)
            assert sensor.receives() == b"M!\r"
            sensor.set_lines("-0.42", end="\r\n")
        wait_for(lambda: _has_read(gauge, found), seconds=5)
    assert found[0].level_cm == pytest.approx(-42)


def test_a_line_in_another_unit_than_declared_is_refused(ports: tuple[str, str], sensor: SerialSensor) -> None:
    message = "got 'level_cm=123', expected level_mm= because it is declared to be one that measures level in unit mm"
    with closing(gauge_on(ports[0], "key_value", Scale(unit="mm"))) as gauge:
        opened(gauge, sensor, "x")
        sensor.set_lines(*["level_cm=123"] * 3)
        with pytest.raises(LineError) as caught:
            read_until(gauge, bool)
    assert str(caught.value) == message


def test_one_garbled_line_is_skipped_and_three_are_reported(ports: tuple[str, str], sensor: SerialSensor) -> None:
    with closing(gauge_on(ports[0])) as gauge:
        opened(gauge, sensor, "R1")
        sensor.set_lines("R3000", "R3x00", "R3000", "R3000", "R3000", "R3000")
        assert len(read_until(gauge, bool)) == 1
        sensor.set_lines("?", "%%", "R30000000")
        with pytest.raises(LineError, match="got 'R30000000', expected \"R\" and 3 to 5 digits, such as R1234"):
            read_until(gauge, bool)


def test_a_silent_line_and_a_port_that_is_not_there_do_not_answer(ports: tuple[str, str]) -> None:
    with closing(gauge_on(ports[0])) as gauge:
        assert gauge.read(NOW) == []
        with pytest.raises(GaugeUnreachableError, match="no line for 5 s"):
            gauge.read(NOW + timedelta(seconds=6))
    with closing(gauge_on("/dev/ttyNONE")) as gauge, pytest.raises(GaugeUnreachableError, match="/dev/ttyNONE"):
        gauge.read(NOW)
