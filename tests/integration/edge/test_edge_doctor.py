"""`siaga-edge doctor`: what answers and what does not, against a real broker, gauge and clip."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from tests.support.edge.io import scripted_gauge

from siaga_sim.stack.broker import Broker
from siaga_sim.stack.ports import free_port

NODE = "node-a"


def _clip(path: Path, *, black: bool = False) -> Path:
    chance = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(3):
            image = np.zeros((180, 320, 3)) if black else chance.integers(0, 255, (180, 320, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image.astype(np.uint8), format="bgr24")))
        container.mux(stream.encode(None))
    return path


def _node_file(folder: Path, broker: int, password: str, cameras: dict[str, str], gauges: dict[str, int]) -> Path:
    (folder / "password").write_text(password)
    place = "place = { lat = -6.2, lon = 106.8 }"
    lines = [f'[node]\nname = "{NODE}"\ndata_dir = "data"\n[broker]\nhost = "127.0.0.1"\nport = {broker}']
    lines += ['password_file = "password"']
    lines += [f'[[camera]]\nid = "{name}"\nurl = "{url}"\n{place}' for name, url in cameras.items()]
    for name, port in gauges.items():
        lines += [f'[[gauge]]\nid = "{name}"\n{place}\nlimits = {{ s3_cm = 750, s2_cm = 850, s1_cm = 950 }}']
        lines += [f'source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {port} }}']
    file = folder / "node.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def _attempt(node_file: Path) -> tuple[int, list[str]]:
    program = [sys.executable, "-m", "siaga_edge.main", "doctor", str(node_file)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_all_that_answers_is_listed_in_the_sequence_of_the_file(
    tmp_path: Path, new_broker: Callable[[], Broker], passwords: dict[str, str]
) -> None:
    clip, broker = _clip(tmp_path / "street.avi"), new_broker()
    with scripted_gauge() as gauge:
        gauge.set_level(512.3)
        file = _node_file(tmp_path, broker.port, passwords[NODE], {"jalan": str(clip)}, {"manggarai": gauge.port})
        code, lines = _attempt(file)
    assert code == 0, lines
    assert lines[0] == f"ok     broker 127.0.0.1:{broker.port}: login accepted, not encrypted"
    assert lines[1].startswith("ok     camera jalan: 320 x 180 pixels, first frame after ")
    assert lines[2].startswith(f"ok     gauge manggarai: Modbus TCP 127.0.0.1:{gauge.port} unit 1: 512.3 cm, ")
    assert re.fullmatch(
        r"ok     models: detector_416 \d+ ms a look, water \d+ ms a look, with onnxruntime on cpu", lines[3]
    )
    assert not (tmp_path / "data").exists()  # nothing of the agent's was touched


def test_a_device_that_does_not_answer_is_explained_without_secrets(
    tmp_path: Path, new_broker: Callable[[], Broker]
) -> None:
    broker, nobody = new_broker(), free_port()
    black = _clip(tmp_path / "black.avi", black=True)
    cameras = {"gone": f"rtsp://admin:geheim@127.0.0.1:{nobody}/1", "covered": str(black)}
    code, lines = _attempt(_node_file(tmp_path, broker.port, "wrong", cameras, {"manggarai": nobody}))
    assert code == 1
    assert lines[-1].startswith("ok     models: ")
    reported = dict(line.removeprefix("failed ").split(": ", 1) for line in lines[:-1])
    assert list(reported) == [f"broker 127.0.0.1:{broker.port}", "camera gone", "camera covered", "gauge manggarai"]
    assert reported[f"broker 127.0.0.1:{broker.port}"] == "login rejected: Not authorized"
    assert reported["camera covered"] == "320 x 180 pixels, but the frame is black"
    assert "Connection refused" in reported["camera gone"]
    assert "(nothing listens on that port; check that RTSP is enabled" in reported["camera gone"]
    assert str(nobody) in reported["gauge manggarai"]
    assert "geheim" not in "".join(lines)


def test_a_file_that_is_wrong_is_not_attempted(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text("[node]\n")
    program = [sys.executable, "-m", "siaga_edge.main", "doctor", str(tmp_path / "node.toml")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "node.toml: node.name: " in done.stderr
