"""Models that analyse each image once, for clips that are played again and again."""

from __future__ import annotations

import hashlib

import numpy as np

from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap


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


def _key(image: Image) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest() + str(image.shape).encode()
