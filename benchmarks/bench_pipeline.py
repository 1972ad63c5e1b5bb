"""Cameras: the whole pipeline against bare decoding and inference, against ultralytics, idle cameras, memory.

All figures are processor time of one process with one thread for each model, so that a busy machine disturbs ratios
little. Compared things take turns within one run. Ultralytics runs in .venv-train (`make setup-train`), or by the
Python that `SIAGA_ULTRALYTICS_PYTHON` names; without it those rows are left out, as are those of OpenVINO without the
extra `openvino`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"

from benchmarks.figure import Figure
from benchmarks.vision.clips import BUSY, IDLE, drawn

from siaga_core.vision.errors import ModelError
from siaga_core.vision.manifest import read_manifest
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.camera.view.motion import small_grey
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.settings import CameraSettings, ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / ".run"
START = datetime(2026, 1, 1, 3, tzinfo=UTC)
ROUNDS = 9  # a single round may be off by a tenth where others use the cache
OPENVINO_EXPORT = "detector_openvino_model"  # as ultralytics calls the export of detector.pt


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Frames, looks of both models, and processor seconds."""

    frames: int
    detected: int
    watered: int
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.frames / self.cpu_seconds


def camera(**changes: object) -> CameraSettings:
    zones = [
        {"id": "kerb", "kind": "no_stopping", "polygon": [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]},
        {"id": "street", "kind": "road", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]},
    ]
    raw = {"id": "cam-bench", "url": "rtsp://camera/1", "place": {"lat": -6.2, "lon": 106.8}, "zone": zones}
    return CameraSettings.model_validate({**raw, **changes})


def whole(clip: Path, vision_models: VisionModels, **changes: object) -> Work:
    """Everything that is done with a camera's frames, evidence included."""
    pipeline, began = CameraPipeline(camera(**changes), vision_models), time.process_time()
    for frame in clip_frames(clip):
        pipeline.step(frame.image, START + timedelta(seconds=frame.at_s))
    counts = pipeline.counts
    return Work(
        frames=counts.frames,
        detected=counts.detected,
        watered=counts.watered,
        cpu_seconds=time.process_time() - began,
    )


def bare(clip: Path, vision_models: VisionModels, like: Work) -> Work:
    """Decoding every frame, and as many looks as the pipeline took."""
    began, number, watered = time.process_time(), 0, 0
    water_each = max(1, like.frames // max(1, like.watered))
    for number, frame in enumerate(clip_frames(clip), start=1):
        if number <= like.detected:
            vision_models.detector.detect(frame.image, floor=0.15)
        if number % water_each == 0 and watered < like.watered:
            vision_models.water.look(frame.image)
            watered += 1
    return Work(frames=number, detected=like.detected, watered=watered, cpu_seconds=time.process_time() - began)


def against_bare(busy: Path, vision_models: VisionModels) -> list[Figure]:
    pairs: list[tuple[Work, Work]] = []
    for _ in range(ROUNDS):
        ours = whole(busy, vision_models, detect_every_seconds=0)
        pairs.append((ours, bare(busy, vision_models, ours)))
    value, baseline = (median(work.per_second for work in side) for side in zip(*pairs, strict=True))
    return [_figure("pipeline_fps_per_core", value, "frames/s", baseline, target=0.9)]


def against_ultralytics(busy: Path, vision_models: VisionModels) -> list[Figure]:
    """The same weights at the same input size on one core in both, ours before and after theirs.

    Of ultralytics' own checkpoint and the ONNX file of it, the faster one counts; its OpenVINO export is compared with
    our OpenVINO alone.
    """
    ours = {"onnxruntime": vision_models, **_openvino()}
    with _one_core():
        for each in ours.values():
            _tracked(busy, each)  # shapes are compiled at their first look
        before = {engine: _tracked(busy, each) for engine, each in ours.items()}
        theirs = _ultralytics_fps(busy)
        if not theirs:
            return []
        after = {engine: _tracked(busy, each) for engine, each in ours.items()}
    means = {
        engine: [(one + other) / 2 for one, other in zip(before[engine], after[engine], strict=True)] for engine in ours
    }
    return _ratios(means, theirs)


def _ratios(ours: dict[str, list[float]], theirs: dict[str, float]) -> list[Figure]:
    exported = theirs.get(OPENVINO_EXPORT)
    plain = max(fps for name, fps in theirs.items() if name != OPENVINO_EXPORT)
    every, scheduled = ours["onnxruntime"]
    found = [
        _figure("ultralytics_track_every_frame", every, "frames/s", plain, target=2.0),
        _figure("ultralytics_track_as_configured", scheduled, "frames/s", plain, target=2.0),
    ]
    if "openvino" in ours:
        every = ours["openvino"][0]
        found.append(_figure("ultralytics_track_every_frame_openvino", every, "frames/s", plain, target=2.0))
        if exported is not None:
            found.append(_figure("ultralytics_track_every_frame_both_openvino", every, "frames/s", exported))
    return found


def _openvino() -> dict[str, VisionModels]:
    """The eyes of a box with `backend = "openvino"`; none where the extra is not installed."""
    try:
        vision_models = ModelRegistry(None).open(ModelsSettings(backend="openvino"), {}).vision_models
    except ModelError as error:
        print(f"no rows with OpenVINO: {error}", file=sys.stderr)
        return {}
    return {"openvino": vision_models}


@contextmanager
def _one_core() -> Iterator[None]:
    """Holds this thread, and processes begun meanwhile, to one core: engines of others take a thread a core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _tracked(busy: Path, vision_models: VisionModels) -> tuple[float, float]:
    """Frames a second, every one looked at, and looked at as a box is configured."""
    return whole(busy, vision_models, detect_every_seconds=0).per_second, whole(busy, vision_models).per_second


def _ultralytics_fps(busy: Path) -> dict[str, float]:
    """Frames a second by the name of the weights; empty where it is not installed."""
    python = os.environ.get("SIAGA_ULTRALYTICS_PYTHON", str(ROOT / ".venv-train" / "bin" / "python"))
    if not Path(python).is_file():
        print("no comparison with ultralytics: `make setup-train` was not run", file=sys.stderr)
        return {}
    script = Path(__file__).parent / "vision" / "track_with_ultralytics.py"
    manifest = read_manifest()
    row = manifest.rows["detector_416"]
    weights = [ROOT / "models" / "starts" / "detector.pt", manifest.path.with_name(row.file)]
    size = f"{row.input.width}x{row.input.height}"
    command = [python, str(script), str(busy), size, *map(str, weights)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    if done.returncode:
        raise RuntimeError(f"ultralytics: {done.stderr.strip().splitlines()[-1:]}")
    reported: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print("ultralytics:", *(f"{name} {fps:.1f} frames/s" for name, fps in reported.items()), file=sys.stderr)
    return reported


def idle(clip: Path, vision_models: VisionModels) -> list[Figure]:
    """Cameras that one core carries while nothing moves: with heartbeat looks, and without the gate."""
    gated = median(_cameras_per_core(whole(clip, vision_models, water_every_seconds=5), 5.0) for _ in range(ROUNDS))
    blind = {"water_every_seconds": 3600, "zone": []}
    gate_alone = median(_cameras_per_core(whole(clip, vision_models, **blind), 5.0) for _ in range(ROUNDS))
    # The flip of a corner makes the gate see motion in every frame: what the camera would cost without it.
    ungated = _cameras_per_core(_without_gate(clip, vision_models), 5.0)
    return [
        _figure("idle_cameras_per_core", gated, "cameras", ungated),
        _figure("idle_cameras_per_core_gate_alone", gate_alone, "cameras", ungated),
    ]


def _without_gate(clip: Path, vision_models: VisionModels) -> Work:
    pipeline, began = CameraPipeline(camera(), vision_models), time.process_time()
    for number, frame in enumerate(clip_frames(clip)):
        frame.image[:60, :60] = 255 * (number % 2)
        pipeline.step(frame.image, START + timedelta(seconds=frame.at_s))
    counts = pipeline.counts
    spent = time.process_time() - began
    return Work(frames=counts.frames, detected=counts.detected, watered=counts.watered, cpu_seconds=spent)


def _cameras_per_core(work: Work, fps: float) -> float:
    return work.per_second / fps


def keyframes(busy: Path) -> list[Figure]:
    """Decoding and conversion of every frame against keyframes alone, processor seconds per second of video."""
    seconds = [(_decode(busy, only_keys=True), _decode(busy, only_keys=False)) for _ in range(ROUNDS)]
    keys, every = (median(side) for side in zip(*seconds, strict=True))
    return [_figure("decode_keyframes_only_cpu", keys, "s", every)]


def _decode(clip: Path, *, only_keys: bool) -> float:
    began = time.process_time()
    for measured in AvStream("cam-bench", str(clip), only_keys).frames():
        small_grey(measured.image())
    return time.process_time() - began


def memory(busy: Path) -> list[Figure]:
    """RSS with eight cameras against one, in processes of their own."""
    one, eight = (_rss_mib(busy, cameras) for cameras in (1, 8))
    return [
        _figure("rss_per_further_camera", (eight - one) / 7, "MiB", one),
        _figure("rss_of_eight_cameras", eight, "MiB", one),
    ]


def _rss_mib(clip: Path, cameras: int) -> float:
    command = [sys.executable, "-m", "benchmarks.vision.memory", str(clip), str(cameras)]
    node_environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=300, cwd=ROOT, env=node_environment
    )
    return float(done.stdout.split()[-1])


def _figure(name: str, value: float, unit: str, baseline: float, *, target: float | None = None) -> Figure:
    return Figure(name=name, value=value, unit=unit, baseline=baseline, target=target)


def figures() -> list[Figure]:
    """All figures; about two minutes, one more with ultralytics."""
    clips = RUN / "bench"
    busy, idle_clips = drawn(BUSY, clips, frames=100), drawn(IDLE, clips, frames=100)
    vision_models = open_vision_models(detector="detector_416", water="water")
    whole(busy, vision_models, detect_every_seconds=0)  # warms caches and clocks up
    parts = (
        against_bare(busy, vision_models),
        idle(idle_clips, vision_models),
        keyframes(busy),
        memory(busy),
        against_ultralytics(busy, vision_models),
    )
    return [figure for part in parts for figure in part]
