"""RTSP cameras that play drawn streets, each a process of its own that can be killed, frozen, restarted, covered."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.gauges.soak import Fault

from siaga_sim.cameras.streets import DeferredStreet, zone_outlines
from siaga_sim.faults import Fault as LensFault
from siaga_sim.scene.script import StreetScript
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LAYOUTS = ("kampung", "market", "gate", "arterial")
READY_SECONDS = 60.0
RECORDED_SECONDS = 20.0
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Camera:
    """One small camera: an RTSP server in a process of its own."""

    kinds: tuple[str, ...] = ("killed", "frozen", "restarted", "covered")

    def __init__(self, number: int, folder: Path, *, fps: float) -> None:
        self.device, self.port = f"cam-{number}", free_port()
        self.script = StreetScript(
            layout=LAYOUTS[number % len(LAYOUTS)], width=320, height=180, fps=fps, density=0.5, seed=number + 1
        )
        self.fault: Fault | None = None
        self._images = recorded(self.script, ROOT / ".run" / "bench")
        self._state, self._log = folder / f"{self.device}.ready", folder / f"{self.device}.log"
        self._is_starting = False
        self._process = self._start()

    @property
    def is_ready(self) -> bool:
        """Return whether the camera serves its stream."""
        return self._state.exists()

    def wait_ready(self) -> None:
        """Wait until the camera serves its stream."""
        wait_until(lambda: self.is_ready, seconds=READY_SECONDS, what=self.device)

    def toml(self) -> str:
        """As the node knows it."""
        outline = zone_outlines(self.script)
        zones = "".join(
            f'[[camera.zone]]\nid = "{zone}"\nkind = "{kind}"\npolygon = {json.dumps(outline[kind])}\n{more}'
            for zone, kind, more in (("jalan", "road", ""), ("larangan", "no_stopping", "allowed_seconds = 60\n"))
        )
        return f"""
[[camera]]
id = "{self.device}"
url = "rtsp://127.0.0.1:{self.port}/{self.device}"
place = {{ lat = -6.2, lon = 106.8 }}
fps = {self.script.fps:g}
detect_every_seconds = 2
water_every_seconds = 20
unknown_after_seconds = 5
{zones}"""

    def fail(self, kind: str) -> Fault:
        """Break the camera and record the fault."""
        self.fault = Fault(self.device, kind, time.monotonic())
        match kind:
            case "frozen":
                os.killpg(self._process.pid, signal.SIGSTOP)
            case "covered":
                self._process.send_signal(signal.SIGUSR1)
            case _:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)
        if kind == "restarted":
            self._begin_again()
        return self.fault

    def come_back(self) -> None:
        """Begins to mend it."""
        if self.fault is None:
            return
        match self.fault.kind:
            case "frozen":
                os.killpg(self._process.pid, signal.SIGCONT)
                self._returned()
            case "covered":
                self._process.send_signal(signal.SIGUSR2)
                self._returned()
            case "killed":
                self._begin_again()
            case _:
                pass  # it came back by itself, or is about to

    def poll(self) -> None:
        """Notes when a server that was started again listens."""
        if self.fault is not None and self._is_starting and self.is_ready:
            self._returned()

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)

    def _returned(self) -> None:
        if self.fault is not None:
            self.fault.returned, self.fault = time.monotonic(), None
        self._is_starting = False

    def _begin_again(self) -> None:
        self._process, self._is_starting = self._start(), True

    def _start(self) -> subprocess.Popen[bytes]:
        self._state.unlink(missing_ok=True)
        words = [self._images, self.device, self.port, f"{self.script.fps:g}", self._state]
        command = [sys.executable, "-m", "benchmarks.vision.player", *map(str, words)]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=_ENVIRONMENT, cwd=ROOT)


def recorded(script: StreetScript, folder: Path) -> Path:
    """Pictures of a street for the player, the covered lens last; kept, drawn again when the script changes."""
    reported = f"{script.model_dump_json()} {RECORDED_SECONDS}"
    path = folder / f"{hashlib.sha256(reported.encode()).hexdigest()[:12]}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        street = DeferredStreet(script, lambda _: 0.0)
        times = np.arange(0, RECORDED_SECONDS, 1 / script.fps)
        images = [street.frame(float(second)) for second in times]
        fresh = path.with_suffix(".new.npy")
        np.save(fresh, np.stack([*images, street.altered(0.0, LensFault.COVERED)]))
        fresh.replace(path)
    return path


def cameras_toml(cameras: Sequence[Camera]) -> str:
    """All of them, for the node's file."""
    return "".join(camera.toml() for camera in cameras)
