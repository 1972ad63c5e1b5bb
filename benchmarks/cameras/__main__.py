"""`make cameras`: discover, doctor and run against an ONVIF device (ipycam) and GStreamer's RTSP server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import typer
from tests.unit.edge_vision.fake_models import street

from siaga_sim.stack.broker import Broker
from siaga_sim.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
STREAMS, FPS, CLIP_SECONDS, KEYFRAME_SECONDS = 9, 5, 300, 10
NODE, USER, PASSWORD = "node-a", "operator", "p@ss:w-rd"
RUN_SECONDS = 180.0
_FRAMES = re.compile(r'^siaga_edge_camera_frames_total\{camera="([^"]+)"\} (\S+)$', re.MULTILINE)


def main(out: Path = ROOT / ".run" / "cameras.json") -> None:
    """Ends with 1 if a device is not found or a stream does not open."""
    with tempfile.TemporaryDirectory() as name:
        result = _measured(Path(name))
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    typer.echo(json.dumps(result, indent=2))
    if not result["passed"]:
        raise typer.Exit(1)


def _measured(folder: Path) -> dict[str, Any]:
    _write_clip(folder / "street.mp4")
    (folder / "password").write_text(PASSWORD)
    onvif_port = free_port()
    server = ["/usr/bin/python3", str(ROOT / "benchmarks/cameras/gstreamer_server.py"), str(folder / "street.mp4")]
    with _started([*server, str(STREAMS)]) as rtsp:
        rtsp_port = int((rtsp.stdout.readline() if rtsp.stdout else "0") or 0)
        device = [sys.executable, "-m", "benchmarks.cameras.onvif_device", str(rtsp_port), str(onvif_port)]
        with _started([*device, USER, PASSWORD]):
            found = _discovered(folder, onvif_port)
        doctor = _doctored(folder, rtsp_port, found["tables"])
        opened = _run(folder)
    is_found = found["by_probe"] and [each["role"] for each in found["profiles"]] == ["main", "sub"]
    passed = is_found and len(doctor["ok"]) == STREAMS + 1 and len(opened) == STREAMS + 1
    return {"streams": STREAMS, "discover": found, "doctor": doctor, "run": opened, "passed": passed}


def _write_clip(path: Path) -> None:
    with av.open(str(path), "w") as container:
        options = {"g": str(FPS * KEYFRAME_SECONDS), "sc_threshold": "0", "bf": "0", "preset": "ultrafast"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        frames = [
            av.VideoFrame.from_ndarray(street(number, width=640, height=360), format="bgr24") for number in range(10)
        ]
        for number in range(FPS * CLIP_SECONDS):
            frame = frames[number % len(frames)]
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.terminate()


def _edge(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "siaga_edge.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def _discovered(folder: Path, port: int) -> dict[str, Any]:
    """By a probe of the network, until the device answers, and by its address."""
    login = ("--user", USER, "--password-file", str(folder / "password"))
    until = time.monotonic() + 60
    while True:
        probed = _edge("discover", *login, "--json", "--seconds", "3")
        devices = json.loads(probed.stdout)["devices"] if probed.stdout else []
        mine = [each for each in devices if each["port"] == port]
        if mine or time.monotonic() > until:
            break
    tables = _edge("discover", f"127.0.0.1:{port}", *login, "--toml", "--role", "sub")
    rejected = _edge("discover", f"127.0.0.1:{port}", "--user", USER)
    return {
        "by_probe": bool(mine),
        "profiles": mine[0]["profiles"] if mine else [],
        "tables": tables.stdout,
        "wrong_password": rejected.stderr.strip(),
    }


def _doctored(folder: Path, rtsp_port: int, tables: str) -> dict[str, Any]:
    with Broker(folder=folder / "broker", logins={NODE: "secret"}) as broker:
        _write_node(folder, broker.port, rtsp_port, tables)
        began = time.monotonic()
        lines = _edge("doctor", str(folder / "node.toml")).stdout.splitlines()
    cameras = [line for line in lines if " camera " in line]
    return {
        "seconds": round(time.monotonic() - began, 1),
        "ok": [line for line in cameras if line.startswith("ok")],
        "failed": [line for line in cameras if not line.startswith("ok")],
    }


def _write_node(folder: Path, broker_port: int, rtsp_port: int, tables: str) -> None:
    place = "place = { lat = -6.2, lon = 106.8 }"
    (folder / "node-password").write_text("secret")
    lines = [f'[node]\nname = "{NODE}"\ndata_dir = "data"\n[broker]\nhost = "127.0.0.1"\nport = {broker_port}']
    lines += ['password_file = "node-password"', f"[status]\nport = {free_port()}"]
    lines += [
        f'[[camera]]\nid = "channel-{number}"\nurl = "rtsp://127.0.0.1:{rtsp_port}/channel{number}"\n{place}'
        for number in range(1, STREAMS + 1)
    ]
    lines += [tables.replace("# place = { lat = ..., lon = ... }", place)]
    (folder / "node.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run(folder: Path) -> dict[str, float]:
    """Seconds until each camera of a running agent had its first frames."""
    port = re.search(r"\[status\]\nport = (\d+)", (folder / "node.toml").read_text("utf-8"))
    began, opened = time.monotonic(), dict[str, float]()
    with _started([sys.executable, "-m", "siaga_edge.main", "run", str(folder / "node.toml")]):
        while time.monotonic() - began < RUN_SECONDS and len(opened) <= STREAMS:
            time.sleep(0.5)
            for camera, frames in _FRAMES.findall(_metrics(int(port[1]) if port else 0)):
                if float(frames) > 0:
                    opened.setdefault(camera, round(time.monotonic() - began, 1))
    return opened


def _metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode("utf-8"))
    except OSError:
        return ""


if __name__ == "__main__":
    typer.run(main)
