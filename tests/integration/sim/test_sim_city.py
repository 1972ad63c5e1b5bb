"""`siaga-sim city` as somebody starts it: one line when ready, real cameras and gauges, a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pymodbus.client import ModbusTcpClient

SCENARIO = """
name = "tiny"
title = "One camera, one gauge"
city = "jakarta"
seconds = 60
shortest_seconds = 5
river_hours = 20

[firmware]
gap_seconds = 0.02
measure_every_seconds = 0.2

[[camera]]
id = "cam-a"
name = "A"
place = { lat = -6.2, lon = 106.8 }
street = { layout = "kampung", width = 320, height = 180, fps = 4, density = 0.5 }
zone = [{ id = "jalan", kind = "road" }]

[[node]]
name = "box-one"
cameras = ["cam-a"]
gauges = ["manggarai"]
"""
PROGRAM = str(Path(sys.executable).with_name("siaga-sim"))


@contextmanager
def city(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    scenario = folder / "tiny.toml"
    scenario.write_text(SCENARIO)
    process = subprocess.Popen([PROGRAM, "city", str(scenario), *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def next_state(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    state: dict[str, Any] = json.loads(process.stdout.readline())
    return state


def test_the_city_reports_when_it_is_ready_serves_and_ends(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    with city(tmp_path, "--hold", "--seconds", "30", "--state-file", str(state_file)) as (process, ready):
        assert ready["state"] == "ready"
        assert json.loads(state_file.read_text()) == ready
        assert ready["river_speed"] == 20 * 3600 / 30
        assert [node["node"]["name"] for node in ready["nodes"]] == ["box-one"]
        with av.open(ready["cameras"]["cam-a"], options={"rtsp_transport": "tcp"}, timeout=15) as stream:
            images = [
                frame.to_ndarray(format="gray") for frame, _ in zip(stream.decode(video=0), range(4), strict=False)
            ]
        assert all(image.shape == (180, 320) and image.std() > 10 for image in images)
        assert any(not np.array_equal(images[0], image) for image in images[1:])
        address = ready["gauges"]["manggarai"]
        with ModbusTcpClient(address["host"], port=address["port"]) as client:
            assert client.read_input_registers(0, count=11, device_id=address["unit"]).registers[0] == 1
        process.send_signal(signal.SIGUSR1)
        assert next_state(process)["state"] == "running"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert json.loads(state_file.read_text())["state"] == "stopped"


def test_the_story_begins_at_once_without_hold_and_is_over_in_its_time(tmp_path: Path) -> None:
    with city(tmp_path, "--seconds", "5") as (process, ready):
        assert [ready["state"], next_state(process)["state"], next_state(process)["state"]] == [
            "ready",
            "running",
            "over",
        ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["city", "storm", "--seconds", "3"], "storm.toml: seconds: got 3, expected 75 to 86400 for this story"),
        (["city", "nope"], "story: got 'nope', expected calm or flood or storm or two-storms, or the path of a"),
        (["city", "./nope.toml"], "nope.toml: got No such file or directory, expected a readable file"),
        (
            ["cameras", "calm", "--only", "cam-x"],
            "--only: got camera 'cam-x', expected one of cam-manggarai, cam-kampung-melayu, cam-kemang",
        ),
    ],
)
def test_mistakes_end_at_once_with_an_exact_complaint(words: list[str], complaint: str) -> None:
    ended = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr
