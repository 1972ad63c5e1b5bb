"""Nodes that are too slow: parked vehicles that they must not invent, and how soon they are shown to be behind.

`python -m benchmarks.decisions.starved FOLDER` plays each labelled clip with a no-stopping zone in which nobody parks,
with a frame each 0.5 to 5 s, once and over again. `--live CLIP` runs a node on a clip with a fifth of a core.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer

from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.offline.labelled_clip import LabelledClip, read_labels, site_of
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.settings.node import ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models
from siaga_edge.vision.water import WaterMap

PACES = (0.5, 1.0, 2.0, 3.0, 5.0)
_STEP = 0.5  # every pace is a multiple of it
_LOOPED_SECONDS = 120.0
_PERIOD_SECONDS = 0.1
_BEHIND_SECONDS = 10.0
app = typer.Typer(add_completion=False)


class RememberedModels:
    """Both models; an image that comes again, in another loop or at another pace, is not analysed again."""

    def __init__(self, models: VisionModels) -> None:
        self._models = models
        self._found: dict[bytes, tuple[Detection, ...]] = {}
        self._water: dict[bytes, WaterMap] = {}

    @property
    def thresholds(self) -> dict[str, float]:
        """Those of the detector."""
        return dict(self._models.detector.thresholds)

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """What the detector finds."""
        key = _key(image) + str(floor).encode()
        if key not in self._found:
            self._found[key] = self._models.detector.detect(image, floor=floor)
        return self._found[key]

    def look(self, image: Image) -> WaterMap:
        """What the segmenter finds."""
        key = _key(image)
        if key not in self._water:
            self._water[key] = self._models.water.look(image)
        return self._water[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFigures:
    """What was reported of traffic that passes, with a frame each `every_seconds`."""

    every_seconds: float
    hours: float
    false_parking: int
    too_slow: int


def quiet_clips(folder: Path) -> list[LabelledClip]:
    """Clips of a fixed camera with a no-stopping zone in which nobody parks."""
    return [
        clip
        for clip in read_labels(folder)
        if clip.fixed
        and any(zone.kind == "no_stopping" for zone in clip.zones)
        and not any(event.hazard == "illegal_parking" for event in clip.expected)
    ]


def paced(folder: Path, models: VisionModels) -> dict[str, list[PaceFigures]]:
    """Figures of each pace, `once` and `looped`."""
    totals: dict[tuple[str, float], list[tuple[float, int, int]]] = {}
    for clip in quiet_clips(folder):
        images = [frame.image for frame in clip_frames(folder / clip.file, every_seconds=_STEP)]
        remembered = RememberedModels(models)
        looks = VisionModels(detector=remembered, water=remembered)
        loops = max(2, round(_LOOPED_SECONDS / max(_STEP, len(images) * _STEP)))
        for every in PACES:
            for name, times in (("once", 1), ("looped", loops)):
                totals.setdefault((name, every), []).append(_played(clip, images, looks, every=every, times=times))
        sys.stderr.write(f"{clip.name}: {sum(row[-1][1] for row in totals.values())} false\n")
    return {name: [_total(every, totals.get((name, every), [])) for every in PACES] for name in ("once", "looped")}


def figures_of(folder: Path) -> dict[str, list[PaceFigures]]:
    """Figures of each pace with the models that nodes run by default."""
    shipped = ModelsSettings()
    return paced(folder, open_vision_models(detector=shipped.detector, water=shipped.water, threads=1))


def missed_targets(figures: dict[str, list[PaceFigures]]) -> list[str]:
    """Paces at which a vehicle was parked that was not; empty when there are none."""
    return [
        f"illegal_parking: {one.false_parking} of passing traffic, a frame each {one.every_seconds:g} s, {name}"
        for name, rows in figures.items()
        for one in rows
        if one.false_parking
    ]


def as_json(figures: dict[str, list[PaceFigures]]) -> dict[str, Any]:
    """The value of `starved` in .run/decisions.json."""
    return {
        name: {
            f"{one.every_seconds:g}": {
                "hours": round(one.hours, 4),
                "false_parking": one.false_parking,
                "too_slow": one.too_slow,
            }
            for one in rows
        }
        for name, rows in figures.items()
    }


def as_table(figures: dict[str, list[PaceFigures]]) -> str:
    """A Markdown table of the paces."""
    lines = [
        "| a frame each | minutes, once | false parking | too slow | minutes, looped | false parking | too slow |",
        "|---|---|---|---|---|---|---|",
    ]
    for once, looped in zip(figures["once"], figures["looped"], strict=True):
        cells = [f"{once.every_seconds:g} s"]
        for one in (once, looped):
            cells += [f"{one.hours * 60:.1f}", str(one.false_parking), str(one.too_slow)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _played(
    clip: LabelledClip, images: Sequence[Image], models: VisionModels, *, every: float, times: int
) -> tuple[float, int, int]:
    """Hours, false parking and zones that were too slow."""
    site = site_of(clip)
    pipeline, at = CameraPipeline(site.camera, models), site.start_at
    parked = slow = number = 0
    while number < len(images) * times:
        at = site.start_at + timedelta(seconds=number * _STEP)
        for draft in pipeline.step(images[number % len(images)], at):
            parked += draft.hazard.value == "illegal_parking" and draft.state.value == "began"
            slow += getattr(draft.details, "reason", None) == "too_slow" and draft.state.value == "began"
        number += round(every / _STEP)
    return (at - site.start_at).total_seconds() / 3600, parked, slow


def _total(every: float, rows: Sequence[tuple[float, int, int]]) -> PaceFigures:
    hours, parked, slow = (sum(column) for column in zip(*rows, strict=True)) if rows else (0.0, 0, 0)
    return PaceFigures(every_seconds=every, hours=float(hours), false_parking=int(parked), too_slow=int(slow))


def _key(image: Image) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest() + str(image.shape).encode()


@contextmanager
def limited(process: subprocess.Popen[bytes], *, share: float) -> Iterator[None]:
    """Lets a process run for that share of each tenth of a second, on one core."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set() and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            ended.wait(_PERIOD_SECONDS * share)
            process.send_signal(signal.SIGSTOP)
            ended.wait(_PERIOD_SECONDS * (1 - share))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        process.send_signal(signal.SIGCONT)


def live(clip: Path, *, share: float, seconds: float) -> dict[str, Any]:
    """Run a node on a clip with a share of a core; what it reported and when its page showed that it is behind."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        node = Path(folder) / "node.toml"
        node.write_text(_NODE.format(clip=json.dumps(str(clip.resolve())), port=port), encoding="utf-8")
        core = {min(os.sched_getaffinity(0))}
        program = [sys.executable, "-m", "siaga_edge.main", "run", str(node)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        os.sched_setaffinity(process.pid, core)
        seen: dict[str, float] = {}
        try:
            page = f"http://127.0.0.1:{port}"
            _await(lambda: _metric(page, "siaga_edge_camera_frames_total") > 0, seconds=180)
            with limited(process, share=share):
                began = time.monotonic()
                while time.monotonic() - began < seconds:
                    if "behind" not in seen and _metric(page, "siaga_edge_camera_behind") > 0:
                        seen["behind"] = round(time.monotonic() - began, 1)
                    time.sleep(0.5)
        finally:
            process.terminate()
            process.wait(30)
        lines = (Path(folder) / "log").read_text(encoding="utf-8").splitlines()
        return {
            "share": share,
            "seconds": seconds,
            "behind_after_seconds": seen.get("behind"),
            "false_parking": sum("illegal_parking" in line and "began" in line for line in lines),
            "too_slow": sum("view lost: too_slow" in line for line in lines),
        }


_NODE = """
[node]
name = "starved"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = 1
password_env = "NO_PASSWORD"
[outbox]
min_free_bytes = 0
[status]
port = {port}
[[camera]]
id = "cam"
url = {clip}
place = {{ lat = -6.2, lon = 106.8 }}
[[camera.zone]]
id = "road"
kind = "no_stopping"
polygon = [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]
allowed_seconds = 10
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _metric(page: str, name: str) -> float:
    """The sum over all cameras; 0 while the page does not answer."""
    try:
        text = httpx.get(f"{page}/metrics", timeout=5).text
    except httpx.HTTPError:
        return 0.0
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def _await(condition: Any, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the node was not ready within {seconds:g} s")
        time.sleep(0.5)


@app.command()
def main(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder of labelled clips.")] = None,
    *,
    clip: Annotated[
        Path | None, typer.Option("--live", metavar="CLIP", help="Clip of free traffic for a node.")
    ] = None,
    share: Annotated[float, typer.Option(help="Share of a core that the node gets.")] = 0.2,
    seconds: Annotated[float, typer.Option(help="How long the node runs.")] = 120.0,
) -> None:
    """Play passing traffic to slow nodes; exit with code 1 if a vehicle is reported or the live node not as behind."""
    is_right = True
    if folder is not None:
        figures = figures_of(folder)
        typer.echo(as_table(figures))
        is_right = not missed_targets(figures)
    if clip is not None:
        found = live(clip, share=share, seconds=seconds)
        typer.echo(json.dumps(found))
        after = found["behind_after_seconds"]
        is_right = is_right and not found["false_parking"] and after is not None and after <= _BEHIND_SECONDS
    if not is_right:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
