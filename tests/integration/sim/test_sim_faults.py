"""`siaga-sim fault` against a simulator that runs, and against none."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from siaga_sim.control import ControlError, query

PROGRAM = str(Path(sys.executable).with_name("siaga-sim"))
SCENARIO = """
name = "tiny"
title = "One camera, one gauge"
city = "jakarta"
seconds = 600
river_hours = 20

[firmware]
gap_seconds = 0.02
measure_every_seconds = 0.2

[[gauge_fault]]
gauge = "depok"
kind = "drop_out"
at = 0.1
until = 500

[[camera]]
id = "cam-a"
name = "A"
place = { lat = -6.2, lon = 106.8 }
street = { layout = "kampung", width = 320, height = 180, fps = 4, density = 0.5 }

[[node]]
name = "box-one"
cameras = ["cam-a"]
gauges = ["manggarai", "depok"]
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A city that runs; what it said when it was ready."""
    scenario = tmp_path_factory.mktemp("sim") / "tiny.toml"
    scenario.write_text(SCENARIO)
    process = subprocess.Popen([PROGRAM, "city", str(scenario)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def report(ready: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
    argv = [PROGRAM, "fault", *words, "--control", ready["control"]]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)


def command(
    ready: dict[str, Any], name: str | None, kind: str = "none", seconds: float | None = None
) -> dict[str, Any]:
    return query({"name": name, "kind": kind, "seconds": seconds}, Path(ready["control"]))


def registers(ready: dict[str, Any], gauge: str) -> list[int] | None:
    at = ready["gauges"][gauge]
    try:
        with ModbusTcpClient(at["host"], port=at["port"], timeout=1, retries=0) as client:
            answer = client.read_input_registers(0, count=11, device_id=1)
            return None if answer.isError() else list(answer.registers)
    except (ModbusException, OSError):
        return None


def wait_for(what: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_cut_gauge_cannot_be_reached_until_it_mends_itself(ready: dict[str, Any]) -> None:
    wait_for(lambda: registers(ready, "manggarai"))
    command(ready, "manggarai", "cut")
    wait_for(lambda: registers(ready, "manggarai") is None)
    command(ready, "manggarai", "cut", 0.3)
    wait_for(lambda: command(ready, None)["faults"]["manggarai"] == "none")
    wait_for(lambda: registers(ready, "manggarai"))


def test_a_fault_of_the_scenario_is_played_at_its_time(ready: dict[str, Any]) -> None:
    wait_for(lambda: command(ready, None)["faults"]["depok"] == "drop_out")
    wait_for(lambda: (registers(ready, "depok") or [0, 0])[1:3] == [0x8000, 0])


def test_a_camera_is_covered_on_command_and_mended(ready: dict[str, Any]) -> None:
    with av.open(ready["cameras"]["cam-a"], options={"rtsp_transport": "tcp"}, timeout=15) as stream:
        frames = stream.decode(video=0)
        clear = next(frames).to_ndarray(format="gray").std()
        assert command(ready, "cam-a", "covered")["fault"] == "covered"
        wait_for(lambda: next(frames).to_ndarray(format="gray").std() < clear / 3)
        assert command(ready, "cam-a")["fault"] == "none"
        wait_for(lambda: next(frames).to_ndarray(format="gray").std() > clear * 0.8)


def test_a_moved_camera_sees_something_else(ready: dict[str, Any]) -> None:
    with av.open(ready["cameras"]["cam-a"], options={"rtsp_transport": "tcp"}, timeout=15) as stream:
        frames = stream.decode(video=0)
        before = next(frames).to_ndarray(format="gray").astype(float)
        assert command(ready, "cam-a", "moved", 2.0)["seconds"] == 2.0

        def change() -> float:
            return float(abs(next(frames).to_ndarray(format="gray").astype(float) - before).mean())

        wait_for(lambda: change() > 20)
        wait_for(lambda: change() < 12)


@pytest.mark.parametrize(
    ("name", "kind", "seconds", "complaint"),
    [
        ("manggarai", "melted", None, "fault: got 'melted', expected one of none, stuck, spike, drop_out, foam, cut"),
        ("cam-a", "stuck", None, "fault: got 'stuck', expected one of none, frozen, black, covered, moved"),
        ("moon", "cut", None, "device: got 'moon', expected one of cam-a, manggarai, depok"),
        ("manggarai", "cut", 0, "seconds: got 0, expected more than 0 and at most 86400"),
    ],
)
def test_mistakes_get_an_exact_complaint(
    ready: dict[str, Any], name: str, kind: str, seconds: float | None, complaint: str
) -> None:
    with pytest.raises(ControlError) as refused:
        command(ready, name, kind, seconds)
    assert str(refused.value).startswith(complaint)


def test_the_command_prints_what_it_did_and_ends_with_three_where_it_is_refused(ready: dict[str, Any]) -> None:
    assert report(ready, "depok", "none", "--seconds", "60").stdout == "depok: none for 60 s\n"
    message = report(ready, "manggarai", "melted")
    assert (message.returncode, message.stdout) == (3, "")
    assert message.stderr.startswith("fault: got 'melted'")


def test_without_a_simulator_it_reports_so(tmp_path: Path) -> None:
    nowhere = tmp_path / "no.sock"
    argv = [PROGRAM, "fault", "manggarai", "cut", "--control", str(nowhere)]
    message = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    assert message.returncode == 3
    assert "no simulator responds on this socket" in message.stderr
    found = subprocess.run(
        argv[:-2], capture_output=True, text=True, check=False, timeout=30, env={"TMPDIR": str(tmp_path)}
    )
    assert found.returncode == 3
    assert "no simulator is running; start `siaga-sim city`" in found.stderr
