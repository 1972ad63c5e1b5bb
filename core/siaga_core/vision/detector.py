"""The street detector: letterbox, run, non-maximum suppression per class, of all classes of each box."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_core.vision.devices import Device, Engine
from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import Image
from siaga_core.vision.letterbox import Letterbox, as_input
from siaga_core.vision.manifest import LoadedModel
from siaga_core.vision.session import open_runner

MAX_DETECTIONS = 300
# Of boxes and classes before the suppression, the surest; a street at a usual floor has some hundreds.
MAX_CANDIDATES = 5000


class OnnxDetector:
    """YOLO-shaped detectors: output 1 x (4 + classes) x N, centre x, centre y, width, height on the canvas."""

    def __init__(
        self, model: LoadedModel, *, threads: int = 1, engine: Engine = "onnxruntime", device: Device = "cpu"
    ) -> None:
        self._row = model.row
        self._runner = open_runner(model, threads=threads, engine=engine, device=device)
        wanted, rows = 4 + len(model.row.classes), self._runner.output_rows
        if rows != wanted:
            raise ModelError(f"{model.row.file}: output has {rows} rows, expected {wanted} for its classes")

    @property
    def thresholds(self) -> dict[str, float]:
        """The score from which each label counts, as the manifest says."""
        return dict(self._row.thresholds)

    def detect(self, image: Image, *, floor: float) -> tuple[Detection, ...]:
        """Things whose score is at least `floor`, best first; boxes in the image's own pixels."""
        box = Letterbox.fit(image, width=self._row.input.width, height=self._row.input.height)
        batch = as_input(box.paint(image, pad=self._row.input.pad), scale=self._row.input.scale)
        corners, scores, classes = _candidates(self._runner.run(batch)[0], floor)
        selected = _suppressed(corners, scores, classes, floor=floor, nms_iou=self._row.nms_iou)
        sides = box.to_source(corners[selected])
        return tuple(
            Detection(
                label=self._row.classes[int(number)],
                score=float(score),
                box=Box(*(float(side) for side in row)),
            )
            for number, score, row in zip(classes[selected], scores[selected], sides, strict=True)
            if row[2] > row[0] and row[3] > row[1]
        )


def _candidates(
    output: NDArray[np.float32], floor: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Each class of each box that reaches the floor: a van is a car and a truck until the suppression of each class."""
    classes, columns = np.nonzero(output[4:] >= floor)
    scores = output[4 + classes, columns]
    if len(scores) > MAX_CANDIDATES:
        surest = np.argpartition(-scores, MAX_CANDIDATES)[:MAX_CANDIDATES]
        classes, columns, scores = classes[surest], columns[surest], scores[surest]
    x, y, width, height = output[:4, columns]
    corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    return corners, scores, classes


def _suppressed(
    corners: NDArray[np.float32],
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    *,
    floor: float,
    nms_iou: float,
) -> NDArray[np.int64]:
    if not len(scores):
        return np.empty(0, np.int64)
    upright = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    selected = cv2.dnn.NMSBoxesBatched(upright.tolist(), scores.tolist(), classes.tolist(), floor, nms_iou, top_k=0)
    numbers = np.asarray(selected, np.int64).reshape(-1)
    return numbers[np.argsort(-scores[numbers], kind="stable")][:MAX_DETECTIONS]
