"""What the rest of the edge needs of vision."""

from __future__ import annotations

from typing import Protocol

from siaga_edge.vision.detections import Detection
from siaga_edge.vision.image import Image
from siaga_edge.vision.water import WaterMap


class Detector(Protocol):
    """Finds things; raises `LookError` when it cannot say, never an empty answer for "do not know"."""

    @property
    def thresholds(self) -> dict[str, float]:
        """The score from which each label counts."""

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """Things whose score is at least `floor`, best first, boxes in the image's pixels."""


class WaterSegmenter(Protocol):
    """Finds water; raises `LookError` when it cannot say."""

    def look(self, image: Image) -> WaterMap:
        """Return where the image shows water."""
