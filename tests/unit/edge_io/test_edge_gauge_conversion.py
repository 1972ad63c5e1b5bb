"""Gauges as they are bought: scale and offset, current loops, byte orders, rejections of Modbus and their settings."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edge.serial_lines import ModbusDevices

from siaga_edge.adapters.modbus_rejections import CoilRequest, RegisterRequest, Table, explain
from siaga_edge.gauge.burst import BurstPlan
from siaga_edge.gauge.conversion import CurrentLoop, LinearConversion
from siaga_edge.gauge.raw import RawSensor
from siaga_edge.gauge.register_values import ValueType, WordOrder, decode_value
from siaga_edge.gauge.registers import RegisterError, Sample
from siaga_edge.gauge.scale import Scale
from siaga_edge.runtime.self_check import check_all
from siaga_edge.settings import ConfigError, load_node

LOOP = CurrentLoop(counts_4ma=5530, counts_20ma=27648, value_4ma=0, value_20ma=10)
METRES = Scale(unit="m")
FIRST = st.sampled_from(get_args(WordOrder))
NODE = """
[node]
name = "pintu-manggarai"
data_dir = "data"
[broker]
host = "127.0.0.1"
[[gauge]]
id = "manggarai"
place = { lat = -6.2, lon = 106.8 }
limits = { s3_cm = 750, s2_cm = 850, s1_cm = 950 }
"""


@pytest.mark.parametrize(
    ("counts", "value"),
    [(5530, 0.0), (27648, 10.0), (16589, 5.0), (5530 - 550, -0.249), (0, None), (5530 - 560, None), (29100, None)],
)
def test_counts_of_a_current_loop_become_a_value_or_a_fault(counts: float, value: float | None) -> None:
    assert LOOP.value(counts) == (None if value is None else pytest.approx(value, abs=1e-3))


def test_a_broken_wire_is_a_fault_and_never_a_level() -> None:
    sensor = RawSensor(METRES, BurstPlan(samples=2, fewest_valid=1), LOOP)
    samples = [sensor.measure(counts) for counts in (0, 0, 0, 16589, 16589, 16589)]
    assert [each and (each.level_cm, each.flags) for each in samples[1::2]] == [
        (None, ("burst_incomplete", "sensor_fault")),
        (500.0, ("burst_incomplete",)),
        (500.0, ()),
    ]


def test_a_burst_that_an_outage_tore_leaves_no_fault_behind() -> None:
    sensor = RawSensor(METRES, BurstPlan(samples=2, fewest_valid=2), LOOP)
    sensor.measure(0)
    sensor.forget()
    sensor.measure(None)
    assert sensor.measure(None) == Sample(
        number=1, age_seconds=0, level_cm=None, flags=("burst_incomplete",), samples=0
    )


def test_scale_and_offset_come_before_the_unit() -> None:
    tenths = RawSensor(Scale(unit="mm"), BurstPlan(samples=1, fewest_valid=1), LinearConversion(scale=0.1, offset=-20))
    sample = tenths.measure(63210)
    assert sample is not None
    assert sample.level_cm == pytest.approx(630.1)


@given(st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-3), FIRST, FIRST, st.sampled_from("fd"))
def test_every_sequence_of_words_and_bytes_is_read(
    value: float, order: WordOrder, byte_order: WordOrder, kind: str
) -> None:
    packed = struct.pack(f">{kind}", value)
    words = list(struct.unpack(f"{'>' if byte_order == 'high_first' else '<'}{len(packed) // 2}H", packed))
    words = words if order == "high_first" else words[::-1]
    types: dict[str, ValueType] = {"f": "float32", "d": "float64"}
    assert decode_value(words, types[kind], order, byte_order) == struct.unpack(f">{kind}", packed)[0]


def test_a_float_of_swapped_bytes_is_refused_with_the_right_setting() -> None:
    words = list(struct.unpack("<2H", struct.pack(">f", 632.5)))[::-1]  # the bytes DCBA
    expected = 'got .* as float32, expected a level; the registers are 632.5 with word_order = "low_first", '
    with pytest.raises(RegisterError, match=expected + 'byte_order = "low_first"'):
        decode_value(words, "float32", "high_first")
    with pytest.raises(RegisterError, match=r"^got 1e\+30 as float64, expected a level$"):
        decode_value(list(struct.unpack(">4H", struct.pack(">d", 1e30))), "float64", "high_first")


REQUEST = RegisterRequest(unit=3, table="input", address=4, count=2)


@pytest.mark.parametrize(
    ("code", "request_", "message"),
    [
        (1, REQUEST, 'unit 3 does not support reading input registers (Modbus exception 1); try table = "holding"'),
        (
            2,
            REQUEST,
            (
                "unit 3 has no input registers 4 to 5 (Modbus exception 2); "
                "check table and address, which is one less where the manual counts from 1"
            ),
        ),
        (
            2,
            RegisterRequest(unit=1, table="input", address=40001, count=1),
            (
                "unit 1 has no input register 40001 (Modbus exception 2); "
                'register 40001 of a manual is table = "holding", address = 0'
            ),
        ),
        (
            3,
            REQUEST,
            "unit 3 rejects the length of the request for input registers 4 to 5 (Modbus exception 3); check type",
        ),
        (
            4,
            REQUEST,
            "unit 3 reports a failure of its own (Modbus exception 4); check unit, and the wiring behind a gateway",
        ),
        (6, REQUEST, "unit 3 is busy (Modbus exception 6)"),
        (
            10,
            REQUEST,
            "the gateway has no path to unit 3 (Modbus exception 10); check unit, and the wiring behind a gateway",
        ),
        (
            11,
            REQUEST,
            "unit 3 does not respond to the gateway (Modbus exception 11); check unit, and the wiring behind a gateway",
        ),
        (99, REQUEST, "unit 3 rejects the request for input registers 4 to 5 (Modbus exception 99)"),
        (1, CoilRequest(unit=7, coil=2), "unit 7 does not support switching coils (Modbus exception 1)"),
        (2, CoilRequest(unit=7, coil=2), "unit 7 has no coil 2 (Modbus exception 2); check coil"),
    ],
)
def test_a_rejection_is_explained(code: int, request_: RegisterRequest | CoilRequest, message: str) -> None:
    assert explain(code, request_) == message


def register(**keys: object) -> str:
    table = {"address": 0, "unit": '"mm"', **keys}
    inner = ", ".join(f"{key} = {value}" for key, value in table.items())
    return f'source = {{ kind = "modbus_tcp", host = "h", register = {{ {inner} }} }}\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (register(scale=0), ".source.register: got scale 0, expected a number other than 0"),
        (
            register(type='"float16"'),
            (
                '.source.register.type: got "float16", '
                'expected "int16", "uint16", "int32", "uint32", "float32" or "float64"'
            ),
        ),
        (
            register(byte_order='"swapped"'),
            '.source.register.byte_order: got "swapped", expected "high_first" or "low_first"',
        ),
        (
            register(scale=0.1, current_loop="{ counts_4ma = 0, counts_20ma = 27648, value_4ma = 0, value_20ma = 10 }"),
            (
                ".source.register: got current_loop with scale 0.1 and offset 0, "
                "expected either current_loop or scale and offset"
            ),
        ),
        (
            register(current_loop="{ counts_4ma = 27648, counts_20ma = 0, value_4ma = 0, value_20ma = 10 }"),
            (
                ".source.register.current_loop: got counts_4ma 27648 and counts_20ma 0, "
                "expected counts_20ma above counts_4ma"
            ),
        ),
        (
            register(current_loop="{ counts_4ma = 0, counts_20ma = 27648, value_4ma = 3, value_20ma = 3 }"),
            ".source.register.current_loop: got 3 as value_4ma and value_20ma, expected two values",
        ),
        (
            register(current_loop="{ counts_4ma = 0, counts_20ma = 27648, value_4ma = 0 }"),
            (
                ".source.register.current_loop.value_20ma: missing, "
                "expected a number in unit that the sensor means by 20 mA"
            ),
        ),
    ],
)
def test_a_wrong_conversion_is_refused(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "node.toml"
    path.write_text(NODE + line)
    with pytest.raises(ConfigError) as caught:
        load_node(path)
    assert caught.value.complaints == (f"{path}: gauge[manggarai]{message}",)


def check(folder: Path, devices: ModbusDevices, table: Table, register_: str) -> tuple[bool, str]:
    path, port = folder / "node.toml", devices.port
    source = f'kind = "modbus_tcp", host = "127.0.0.1", port = {port}, register = {{ table = "{table}", {register_} }}'
    path.write_text(f"{NODE}poll_seconds = 0.1\nsource = {{ {source} }}\n")
    _, gauge = check_all(load_node(path), greet=lambda: "not this test's")
    return gauge.is_ok, gauge.detail.removeprefix(f"Modbus TCP 127.0.0.1:{port} unit 1: ")


@pytest.fixture
def bought() -> Iterator[ModbusDevices]:
    devices = ModbusDevices({1: [16589, 0, *struct.unpack("<4H", struct.pack(">d", 412.5))[::-1]]})
    yield devices
    devices.close()


def test_the_doctor_reads_a_radar_on_a_current_loop(tmp_path: Path, bought: ModbusDevices) -> None:
    loop = "current_loop = { counts_4ma = 5530, counts_20ma = 27648, value_4ma = 0, value_20ma = 10 }"
    answer = check(tmp_path, bought, "input", f'address = 0, unit = "m", burst = 1, {loop}')
    assert answer == (True, "500 cm, 0 s old")
    answer = check(tmp_path, bought, "input", f'address = 1, unit = "m", burst = 1, {loop}')
    assert answer == (False, "the gauge responds without a level (burst_incomplete, sensor_fault)")


def test_the_doctor_reads_a_float64_of_swapped_bytes(tmp_path: Path, bought: ModbusDevices) -> None:
    wire = 'address = 2, unit = "cm", burst = 1, type = "float64"'
    answer = check(tmp_path, bought, "input", wire + ', word_order = "low_first", byte_order = "low_first"')
    assert answer == (True, "412.5 cm, 0 s old")


def test_the_doctor_refuses_a_level_that_cannot_be(tmp_path: Path, bought: ModbusDevices) -> None:
    answer = check(tmp_path, bought, "input", 'address = 0, unit = "cm", burst = 1')
    assert answer == (
        False,
        (
            "got 16589 cm (level), which is 16589 cm, outside -100 to 3000 cm; "
            'expected unit "mm" instead of "cm" (1658.9 cm)'
        ),
    )


def test_the_doctor_explains_a_register_of_a_manual(tmp_path: Path, bought: ModbusDevices) -> None:
    _, reason = check(tmp_path, bought, "holding", 'address = 40001, unit = "mm", burst = 1')
    assert reason == (
        "unit 1 has no holding register 40001 (Modbus exception 2); "
        'register 40001 of a manual is table = "holding", address = 0'
    )
