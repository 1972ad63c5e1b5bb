"""What an event clip costs a node: bytes, processor time of its parts, and memory of the ring, on a drawn street."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from benchmarks.figure import Figure

from siaga_core.vision.detector import OnnxDetector
from siaga_core.vision.manifest import read_manifest
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.clips import mp4
from siaga_edge.camera.clips.packet_ring import PacketCut, PacketRing
from siaga_edge.camera.clips.packet_tap import PacketTap
from siaga_edge.camera.clips.redacted_clip import FPS, MAX_SIDE, ClipMarks, make_redacted_clip
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street

START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS, DRAWN_FPS = 20, 5
SIZE, BIT_RATE = (1920, 1080), 2_000_000
MODEL = "detector_416"
PARKING = {
    "layout": "market", "seed": 7, "width": 640, "height": 360,
    "parkers": [{"kind": "mpv", "enters_at": 1, "stops_at": 5}],
}  # fmt: skip


def figures() -> Iterator[Figure]:
    """For 1080p at 25 and at 5 frames a second: the figures of one clip of 15 seconds."""
    cv2.setNumThreads(1)
    detector = OnnxDetector(read_manifest(None).load(MODEL, "detect"), threads=1)
    with tempfile.TemporaryDirectory() as folder:
        for fps in (25, 5):
            path = Path(folder) / f"{fps}.ts"
            _write(path, fps)
            yield from _of(path, fps, detector)


def _of(path: Path, fps: int, detector: OnnxDetector) -> Iterator[Figure]:
    ring = _ring(path, fps)
    cut = ring.cut(START + timedelta(seconds=3), START + timedelta(seconds=18))
    if cut is None:
        raise RuntimeError("the ring holds nothing of the clip")
    name = f"clips.1080p_{fps}fps"
    began = time.process_time()
    clip = make_redacted_clip(cut, detector, ClipMarks())
    whole = time.process_time() - began
    decoding = _decoding(cut)
    yield Figure(name=f"{name}.bytes", value=len(clip.content), unit="bytes", target=1_600_000, at_most=True)
    yield Figure(name=f"{name}.frames", value=clip.frames, unit="frames")
    yield Figure(name=f"{name}.regions_hidden", value=clip.regions, unit="regions")
    yield Figure(name=f"{name}.cpu_seconds", value=whole, unit="s")
    yield Figure(name=f"{name}.cpu_to_one_decoding", value=whole, unit="s", baseline=decoding)
    yield Figure(name=f"{name}.ring_bytes", value=ring.size_bytes, unit="bytes", target=16 * 2**20, at_most=True)
    began = time.process_time()
    mp4.copied(cut)
    yield Figure(name=f"{name}.cut_without_encoding", value=time.process_time() - began, unit="s", baseline=whole)


def _decoding(cut: PacketCut) -> float:
    began = time.process_time()
    for _ in mp4.decoded(cut, fps=FPS, max_side=MAX_SIDE):
        pass
    return time.process_time() - began


def _ring(path: Path, fps: int) -> PacketRing:
    ring, packets = PacketRing("bench", max_bytes=2**26), iter(range(10**9))
    tap = PacketTap(ring, lambda: START + timedelta(seconds=next(packets) / fps))
    for _ in AvStream("bench", str(path), packets=tap).frames():
        pass
    return ring


def _write(path: Path, fps: int) -> None:
    street = Street(parse(PARKING))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", BIT_RATE
        stream.codec_context.time_base = Fraction(1, fps)
        stream.options = {"g": str(2 * fps), "preset": "veryfast", "tune": "zerolatency"}
        for number in range(SECONDS * fps):
            if number % max(1, fps // DRAWN_FPS) == 0:
                image = np.asarray(cv2.resize(street.frame(number / fps), SIZE), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
