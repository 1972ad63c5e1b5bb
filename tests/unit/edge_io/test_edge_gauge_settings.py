"""Sources, sirens and reports of gauges in NODE.toml: what is taken, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from siaga_edge.settings import ConfigError, GaugeSettings, load_node
from siaga_edge.settings.gauge_sources import ModbusRtuSource, SerialLineSource

NODE = """
[node]
name = "pintu-manggarai"
data_dir = "data"
[broker]
host = "127.0.0.1"
"""
GAUGE = """
[[gauge]]
id = "manggarai"
place = { lat = -6.2, lon = 106.8 }
limits = { s3_cm = 750, s2_cm = 850, s1_cm = 950 }
"""
TCP = 'source = { kind = "modbus_tcp", host = "h" }'


def load(tmp_path: Path, *lines: str) -> GaugeSettings:
    path = tmp_path / "node.toml"
    path.write_text(NODE + GAUGE + "\n".join(lines))
    return load_node(path).gauges[0]


def complaint(tmp_path: Path, *lines: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, *lines)
    (text,) = caught.value.complaints
    return text.removeprefix(f"{tmp_path / 'node.toml'}: gauge[manggarai]")


def test_a_line_sensor_is_read_with_its_defaults(tmp_path: Path) -> None:
    lines = 'source = { kind = "serial_line", port = "/dev/ttyUSB0", format = "maxbotix", unit = "mm", '
    source = load(tmp_path, lines + 'measures = "distance", mount_cm = 1200 }').source
    assert isinstance(source, SerialLineSource)
    assert (source.baud, source.burst, source.fewest_valid, source.mount_cm) == (9600, 7, 3, 1200.0)


def test_a_burst_of_one_needs_one_valid_value(tmp_path: Path) -> None:
    text = 'source = { kind = "modbus_rtu", port = "/dev/ttyS1", register = { address = 4, unit = "cm", burst = 1 } }'
    source = load(tmp_path, text).source
    assert isinstance(source, ModbusRtuSource)
    assert source.register_ is not None
    assert (source.register_.burst, source.register_.fewest_valid) == (1, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            'source = { kind = "modbus_rtu", port = "ttyUSB0" }',
            '.source.port: got "ttyUSB0", expected an absolute path such as /dev/ttyUSB0',
            id="relative port",
        ),
        pytest.param(
            'source = { kind = "modbus_rtu", port = "/dev/ttyS1", parity = "even" }',
            '.source.parity: got "even", expected "N", "E" or "O"',
            id="parity",
        ),
        pytest.param(
            'source = { kind = "modbus_rtu", port = "/dev/ttyS1", unit = 0 }',
            ".source.unit: got 0, expected a Modbus unit from 1 to 247",
            id="unit",
        ),
        pytest.param(
            'source = { kind = "modbus_tcp", host = "h", register = { address = 0 } }',
            '.source.register.unit: missing, expected "mm", "cm" or "m"',
            id="no unit",
        ),
        pytest.param(
            'source = { kind = "serial_line", port = "/dev/ttyS1", format = "number", unit = "inch" }',
            '.source.unit: got "inch", expected "mm", "cm" or "m"',
            id="a unit that is not one of ours",
        ),
        pytest.param(
            'source = { kind = "serial_line", port = "/dev/ttyS1", format = "maxbotics", unit = "mm" }',
            '.source.format: got "maxbotics", expected "maxbotix" (R1234), "key_value" (level_mm=1234) or "number" '
            "(123.4)",
            id="format",
        ),
        pytest.param(
            'source = { kind = "serial_line", port = "/dev/ttyS1", format = "number", unit = "m", '
            'measures = "distance" }',
            '.source: got measures "distance" and mount_cm none, expected mount_cm with "distance" only',
            id="no mount",
        ),
        pytest.param(
            'source = { kind = "serial_line", port = "/dev/ttyS1", format = "number", unit = "m", burst = 3, '
            "fewest_valid = 5 }",
            ".source: got fewest_valid 5 and burst 3, expected at most burst",
            id="fewest",
        ),
    ],
)
def test_a_wrong_source_is_refused(tmp_path: Path, line: str, message: str) -> None:
    assert complaint(tmp_path, line) == message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            'siren = { at_cm = 850, output = { kind = "bell" } }',
            '.siren.output.kind: got "bell", expected an output of kind "modbus_tcp", "modbus_rtu", "file" or '
            '"command"',
            id="output kind",
        ),
        pytest.param(
            'siren = { output = { kind = "file", path = "/dev/null" } }',
            ".siren.at_cm: missing, expected a number of cm over the gauge's zero from which it sounds",
            id="no level",
        ),
        pytest.param(
            'siren = { at_cm = 8500, output = { kind = "file", path = "/dev/null" } }',
            ": got siren.at_cm 8500, expected a number of cm within quality.min_cm -100 and quality.max_cm 3000",
            id="millimetres",
        ),
        pytest.param(
            "report = { calm_seconds = 60, brisk_seconds = 90 }",
            ".report: got brisk_seconds 90 and calm_seconds 60, expected brisk_seconds at most calm_seconds",
            id="report",
        ),
        pytest.param(
            "quality = { max_cm = 900 }",
            ": got limits.s1_cm 950, expected a number of cm within quality.min_cm -100 and quality.max_cm 900",
            id="limits that no believable level reaches",
        ),
    ],
)
def test_a_wrong_siren_or_report_is_refused(tmp_path: Path, line: str, message: str) -> None:
    assert complaint(tmp_path, line, TCP) == message
