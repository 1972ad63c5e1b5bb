"""A node whose broker is off and whose siren sounds all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.edge.io import EdgeProcess, ScriptedGauge, scripted_gauge, wait_for
from tests.support.edge.serial_lines import ModbusDevices

from siaga_sim.stack.ports import free_port


@pytest.fixture
def gauge() -> Iterator[ScriptedGauge]:
    with scripted_gauge() as made:
        yield made


@pytest.fixture
def relay() -> Iterator[ModbusDevices]:
    with closing(ModbusDevices({7: [0]})) as made:
        yield made


def node_file(folder: Path, gauge: ScriptedGauge, output: str) -> Path:
    path = folder / "node.toml"
    path.write_text(f"""
[node]
name = "node-a"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {free_port()}
[outbox]
min_free_bytes = 0
[[gauge]]
id = "manggarai"
place = {{ lat = -6.2, lon = 106.8 }}
limits = {{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }}
poll_seconds = 0.05
quality = {{ spike_cm = 5000, rate_cm_per_minute = 1e6 }}
source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {gauge.port} }}
siren = {{ at_cm = 850, hysteresis_cm = 20, output = {output} }}
""")
    return path


def reports(edge: EdgeProcess, gauge: ScriptedGauge, folder: Path, *levels: float) -> None:
    """Each level as a reading of its own, seen by the node: it polls twenty times a second."""
    for level in levels:
        requested = gauge.requests
        gauge.set_level(level)
        wait_for(lambda requested=requested: gauge.requests >= requested + 2, why=edge.log)  # type: ignore[misc]


def test_a_relay_sounds_with_the_broker_off_and_the_gauge_gone_changes_nothing(
    tmp_path: Path, gauge: ScriptedGauge, relay: ModbusDevices
) -> None:
    output = f'{{ kind = "modbus_tcp", host = "127.0.0.1", port = {relay.port}, unit = 7, coil = 2 }}'
    with EdgeProcess(node_file(tmp_path, gauge, output)) as edge:
        reports(edge, gauge, tmp_path, 700, 960, 700, 701)
        wait_for(lambda: relay.coils == {(7, 2): False}, why=edge.log)  # one blip of three sounds nothing
        reports(edge, gauge, tmp_path, 860, 861)
        wait_for(lambda: relay.coils == {(7, 2): True}, why=edge.log)
        gauge.hush()
        wait_for(lambda: "no response" in edge.log(), why=edge.log)
        gauge.speak()
        reports(edge, gauge, tmp_path, 845)
        assert relay.coils == {(7, 2): True}
        reports(edge, gauge, tmp_path, 829, 828)
        wait_for(lambda: relay.coils == {(7, 2): False}, why=edge.log)
        assert "siren on at 861.0 cm" in edge.log()
        assert "connected" not in edge.log()


def test_a_file_is_written_and_remains_when_the_agent_is_killed(tmp_path: Path, gauge: ScriptedGauge) -> None:
    pin = tmp_path / "gpio17"
    with EdgeProcess(node_file(tmp_path, gauge, f'{{ kind = "file", path = "{pin}" }}')) as edge:
        reports(edge, gauge, tmp_path, 900, 901)
        wait_for(lambda: pin.is_file() and pin.read_text() == "1", why=edge.log)
    assert pin.read_text() == "1"


def test_a_command_is_run(tmp_path: Path, gauge: ScriptedGauge) -> None:
    pin = tmp_path / "relay"
    on, off = (f'["sh", "-c", "echo {word} > {pin}"]' for word in ("on", "off"))
    with EdgeProcess(node_file(tmp_path, gauge, f'{{ kind = "command", on = {on}, off = {off} }}')) as edge:
        reports(edge, gauge, tmp_path, 900, 901)
        wait_for(lambda: pin.is_file() and pin.read_text() == "on\n", why=edge.log)
        reports(edge, gauge, tmp_path, 800, 801)
        wait_for(lambda: pin.read_text() == "off\n", why=edge.log)
