"""A street with somebody in it as an encoded stream; a frame shows whether they can be recognised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image, size_of
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.clips.packet_ring import PacketRing
from siaga_edge.camera.clips.packet_tap import PacketTap

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
WIDTH, HEIGHT, FACE = 320, 192, 48
_CONTRAST = 60.0


def face_at(second: float) -> tuple[int, int]:
    """Where the upper left corner of the somebody is."""
    return 20 + round(second * 8) % (WIDTH - FACE - 40), 60


def drawn(second: float, *, empty: bool = False, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """A grey street; the somebody is a fine checkerboard, of which redaction leaves nothing."""
    image = np.full((height, width, 3), 120, np.uint8)
    image[: height // 4] = 160
    if not empty:
        x, y = face_at(second)
        rows, columns = np.indices((FACE, FACE)) // 4
        image[y : y + FACE, x : x + FACE] = np.where((rows + columns) % 2, 255, 0)[:, :, None]
    return image


def detail_in(image: Image, box: Box | None = None) -> float:
    """How much fine contrast there is: above 60 for somebody who can be recognised."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    part = grey if box is None else grey[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)]
    return float(np.percentile(cv2.absdiff(part, cv2.blur(part, (9, 9))), 99)) if part.size else 0.0


def write_street(path: Path, *, seconds: float, fps: int, empty: bool = False, keyframe_every: int = 5) -> None:
    """Encode the street as H.264 as a camera does: without frames that wait for later ones."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        stream.options = {"g": str(keyframe_every), "tune": "zerolatency", "preset": "ultrafast", "crf": "18"}
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(drawn(number / fps, empty=empty), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def ring_of(path: Path, *, fps: int, start: datetime = START) -> PacketRing:
    """The ring of a camera that sent this file from `start` on, each packet at its time."""
    ring, clock = PacketRing("cam-1", max_bytes=2**24, seconds=60.0), _PacketClock(fps, start)
    for _ in AvStream("cam-1", str(path), packets=PacketTap(ring, clock)).frames():
        pass
    return ring


@dataclass(slots=True)
class _PacketClock:
    fps: int
    start: datetime
    packets: int = 0

    def __call__(self) -> datetime:
        self.packets += 1
        return self.start + timedelta(seconds=(self.packets - 1) / self.fps)


@dataclass(slots=True)
class FaceDetector:
    """Finds the somebody by its pattern; misses every `misses`-th frame, and is `blind` or `broken` if so told."""

    misses: int = 0
    blind: bool = False
    broken: bool = False
    looks: int = 0

    @property
    def thresholds(self) -> dict[str, float]:
        return {"person": 0.5}

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        self.looks += 1
        if self.broken:
            raise LookError("no result")
        if self.blind or (self.misses and self.looks % self.misses == 0):
            return ()
        box = found_face(image)
        return () if box is None else (Detection(label="person", score=max(floor, 0.2), box=box),)


def found_face(image: Image) -> Box | None:
    """Where in a frame somebody can be recognised; None where nobody can."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    fine = cv2.absdiff(grey, cv2.blur(grey, (9, 9)))
    rows, columns = np.where(fine > _CONTRAST)
    width, height = size_of(image)
    if len(rows) < 0.001 * width * height:
        return None
    return Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


def frames_of(mp4: bytes, path: Path) -> list[Image]:
    """All frames of a clip, decoded."""
    path.write_bytes(mp4)
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]
