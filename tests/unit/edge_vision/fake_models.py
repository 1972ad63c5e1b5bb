"""Models that see what a test specifies; they meet the same contract as the ONNX ones (test_models_contract)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection, in_pixels
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image, size_of
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap

THRESHOLDS = {
    "person": 0.5,
    "bicycle": 0.35,
    "motorcycle": 0.375,
    "car": 0.425,
    "bus": 0.425,
    "truck": 0.4,
    "trash": 0.375,
}


@dataclass(slots=True)
class FakeDetector:
    """`things` are (label, score, box in shares)."""

    things: list[tuple[str, float, Box]] = field(default_factory=list)
    broken: bool = False
    looks: int = 0

    @property
    def thresholds(self) -> dict[str, float]:
        return dict(THRESHOLDS)

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        if self.broken:
            raise LookError("no result within 8 s")
        self.looks += 1
        width, height = size_of(image)
        found = [
            Detection(label=label, score=score, box=in_pixels(box, width=width, height=height))
            for label, score, box in self.things
            if score >= floor
        ]
        return tuple(sorted(found, key=lambda one: -one.score))


@dataclass(slots=True)
class FakeWater:
    """Water from `surface` (share of the height, from the top) downwards."""

    surface: float = 1.0
    broken: bool = False
    looks: int = 0

    def look(self, image: Image) -> WaterMap:
        if self.broken:
            raise LookError("no result within 8 s")
        self.looks += 1
        probability = np.full((100, 160), 0.05, np.float32)
        probability[round(self.surface * 100) :] = 0.9
        return WaterMap(probability, 0.5)


@dataclass(slots=True)
class FakeModels:
    """Both, with short ways to say what is to be seen."""

    detector: FakeDetector = field(default_factory=FakeDetector)
    water: FakeWater = field(default_factory=FakeWater)

    def see(self, *things: tuple[str, float, Box]) -> None:
        self.detector.things = list(things)

    def vision_models(self) -> VisionModels:
        return VisionModels(detector=self.detector, water=self.water)


@lru_cache(maxsize=128)
def _noisy(seed: int, width: int, height: int) -> Image:
    chance = np.random.default_rng(seed)
    rows = np.linspace(60, 190, height)[:, None, None] * np.array([1.0, 0.8, 0.6])
    return np.asarray(np.clip(rows + chance.normal(0, 6, (height, width, 3)), 0, 255), np.uint8)


def decoded(jpeg: bytes) -> Image:
    """The picture in a JPEG."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def street(seed: int = 0, *, width: int = 320, height: int = 180) -> Image:
    """A coloured, noisy picture, as any live camera gives."""
    return _noisy(seed, width, height).copy()


def car(x: float = 0.4, y: float = 0.4, *, score: float = 0.8, label: str = "car") -> tuple[str, float, Box]:
    return (label, score, Box(x, y, x + 0.2, y + 0.2))


def bag(x: float = 0.5, y: float = 0.6, *, size: float = 0.06, score: float = 0.6) -> tuple[str, float, Box]:
    return ("trash", score, Box(x, y, x + size, y + size))


def nodes(detections: Iterable[Detection]) -> list[Box]:
    return [found.box for found in detections]
