"""What users of the detector need of it."""

from __future__ import annotations

from typing import Protocol

from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image


class Detector(Protocol):
    """Finds things; raises `LookError` when it cannot say, never an empty answer for "do not know"."""

    @property
    def thresholds(self) -> dict[str, float]:
        """The score from which each label counts."""

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """Things whose score is at least `floor`, best first, boxes in the image's pixels."""
