"""Any detector that ultralytics can load (.pt, .onnx, .engine), where its user has installed it.

It is no part of the agent: it brings PyTorch, four times the memory, and is slower on a processor than the shipped way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import Image, size_of

_SUFFIXES = (".pt", ".onnx", ".engine")
_USUAL_THRESHOLD = 0.4


class UltralyticsDetector:
    """Finds what the file's own classes are called; labels that zones do not ask for are simply not used."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        if weights.suffix not in _SUFFIXES:
            raise ModelError(f"{weights}: expected a file that ends in {', '.join(_SUFFIXES)}")
        try:
            import torch
            from ultralytics import YOLO
        except ImportError:
            raise ModelError("backend ultralytics is not installed; run pip install ultralytics") from None
        torch.set_num_threads(threads)
        try:
            self._model: Any = YOLO(str(weights), task="detect")
            self._labels: dict[int, str] = dict(self._model.names)
        except Exception as error:  # noqa: BLE001 - a foreign loader fails in ways of its own
            raise ModelError(f"{weights}: ultralytics cannot load it: {error}") from None

    @property
    def thresholds(self) -> dict[str, float]:
        """One for all labels: such files say none."""
        return dict.fromkeys(self._labels.values(), _USUAL_THRESHOLD)

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """Things whose score is at least `floor`, best first; boxes in the image's own pixels."""
        (result,) = self._model.predict(image, conf=floor, verbose=False)
        width, height = size_of(image)
        found = [
            Detection(label=self._labels[int(number)], score=float(score), box=_clipped(corners, width, height))
            for corners, score, number in zip(
                result.boxes.xyxy.tolist(), result.boxes.conf.tolist(), result.boxes.cls.tolist(), strict=True
            )
        ]
        upright = [one for one in found if one.score >= floor and one.box.x2 > one.box.x1 and one.box.y2 > one.box.y1]
        return tuple(sorted(upright, key=lambda one: -one.score))


def _clipped(corners: list[float], width: int, height: int) -> Box:
    x1, y1, x2, y2 = corners
    return Box(max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2))
