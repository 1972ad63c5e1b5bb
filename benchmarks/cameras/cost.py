"""What a camera costs a node: the share of one core at 1080p and 5 frames a second, with everything on.

`python -m benchmarks.cameras.cost [--clip CLIP]` decodes an empty and a busy drawn street, and a clip of yours encoded
anew at that size, as `run` does: stream, ring of packets, view check, gate, detector, tracker, three zones, water and
evidence. It prints processor time, so that a busy machine disturbs it little, and adds it to .run/bench.json.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

os.environ["OMP_NUM_THREADS"] = "1"

import av
import cv2
import numpy as np
import typer
from benchmarks import run as bench
from benchmarks.figure import Figure
from benchmarks.vision.clips import BUSY

from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.clips.packet_ring import PacketRing
from siaga_edge.camera.clips.packet_tap import PacketTap
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.settings import CameraSettings, ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

FOLDER = Path(__file__).resolve().parents[2] / ".run" / "camera-cost"
START = datetime(2026, 1, 1, 3, tzinfo=UTC)
FPS, SECONDS, SIZE, BIT_RATE = 5, 60, (1920, 1080), 2_000_000
IDLE_SHARE, BUSY_SHARE = 0.05, 0.11
_LOWER = [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]
CAMERA = {
    "id": "cam-cost",
    "url": "rtsp://camera/1",
    "place": {"lat": -6.2, "lon": 106.8},
    "zone": [
        {"id": "kerb", "kind": "no_stopping", "polygon": _LOWER},
        {"id": "pavement", "kind": "watch", "polygon": [[0, 0.6], [0.4, 0.6], [0.4, 1], [0, 1]]},
        {"id": "street", "kind": "road", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]},
    ],
}
Frames = Iterator[Any]


def cost(path: Path, models: VisionModels) -> tuple[float, CameraPipeline]:
    """The share of one core over the clip's own time, and the pipeline with its counts."""
    camera, packets = CameraSettings.model_validate(CAMERA), iter(range(10**9))
    ring = PacketRing(camera.id, max_bytes=2**24)
    tap = PacketTap(ring, lambda: START + timedelta(seconds=next(packets) / FPS))
    pipeline, began, number = CameraPipeline(camera, models), time.process_time(), 0
    for number, frame in enumerate(AvStream(camera.id, str(path), packets=tap).frames(), start=1):
        pipeline.step(frame.image(), START + timedelta(seconds=number / FPS))
    return (time.process_time() - began) / (number / FPS), pipeline


def figures(clips: list[Path]) -> Iterator[Figure]:
    """The share of a core of each street, with its looks a second."""
    shipped = ModelsSettings()
    models = open_vision_models(detector=shipped.detector, water=shipped.water, threads=1)
    cost(_encoded("empty", _drawn(0.0), seconds=10), models)  # warms caches and clocks up
    streets = [("idle", _encoded("idle", _drawn(0.0)), IDLE_SHARE), ("busy", _encoded("busy", _drawn(1.5)), BUSY_SHARE)]
    streets += [(clip.stem, _encoded(clip.stem, _of(clip)), BUSY_SHARE) for clip in clips]
    for name, path, most in streets:
        share, pipeline = cost(path, models)
        counts = pipeline.counts
        seconds, what = counts.frames / FPS, f"camera_cost.{name}"
        yield Figure(name=f"{what}.core_share", value=share, unit="of a core", target=most, at_most=True)
        yield Figure(name=f"{what}.looks", value=counts.detected / seconds, unit="/s")
        yield Figure(name=f"{what}.looks_for_water", value=counts.watered / seconds, unit="/s")


def _drawn(density: float) -> Frames:
    street = Street(parse({**BUSY, "density": density, "fps": float(FPS)}))
    number = 0
    while True:
        yield street.frame(5 + number / FPS)
        number += 1


def _of(clip: Path) -> Frames:
    for frame in clip_frames(clip, every_seconds=1 / FPS):
        yield frame.image


def _encoded(name: str, images: Frames, *, seconds: int = SECONDS) -> Path:
    path = FOLDER / f"{name}.ts"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.ts")
    with av.open(str(fresh), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", BIT_RATE
        stream.codec_context.time_base = Fraction(1, FPS)
        stream.options = {"g": str(2 * FPS), "preset": "veryfast", "tune": "zerolatency"}
        for _, image in zip(range(seconds * FPS), images, strict=False):
            resized = np.asarray(cv2.resize(image, SIZE), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(resized, format="bgr24")))
        container.mux(stream.encode())
    return fresh.rename(path)


def main(
    clip: Annotated[list[Path] | None, typer.Option(help="A clip of a busy street; may be repeated.")] = None,
) -> None:
    """Print what a camera costs; exit with code 1 if a share is above its target."""
    cv2.setNumThreads(1)
    found = list(figures(clip or []))
    bench.save(found)
    typer.echo(bench.as_table(found))
    if not all(one.is_reached for one in found):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
