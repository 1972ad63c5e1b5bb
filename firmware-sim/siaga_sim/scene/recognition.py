"""The shipped models on an image, for measuring what they see of a drawn street. Not used by the simulator itself."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from siaga_sim.scene.raster import Image

LABELS = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "trash")
THRESHOLD = {
    "person": 0.50,
    "bicycle": 0.35,
    "motorcycle": 0.375,
    "car": 0.425,
    "bus": 0.425,
    "truck": 0.40,
    "trash": 0.375,
}
WATER_SIZE = (512, 288)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class SceneDetection:
    """One detection above its threshold: label, confidence, box in pixels."""

    label: str
    confidence: float
    box: Box


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _letterboxed(image: Image, width: int, height: int) -> tuple[Image, float, int, int]:
    h, w = image.shape[:2]
    scale = min(width / w, height / h)
    size = (round(w * scale), round(h * scale))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    canvas = np.full((height, width, 3), 114, np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return canvas, scale, left, top


class Detector:
    """The shipped object detector."""

    def __init__(self, weights: Path) -> None:
        self._session = _session(weights)
        feed = self._session.get_inputs()[0]
        self._name, (_, _, self._height, self._width) = feed.name, feed.shape

    def see(self, image: Image) -> list[SceneDetection]:
        """Detections in a BGR image."""
        canvas, scale, left, top = _letterboxed(image, self._width, self._height)
        feed = np.ascontiguousarray(canvas[None, ..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        rows = np.asarray(self._session.run(None, {self._name: feed})[0])[0].T
        kinds, scores = rows[:, 4:].argmax(1), rows[:, 4:].max(1)
        limits = np.array([THRESHOLD[label] for label in LABELS])
        selected = scores >= limits[kinds]
        corners = (rows[selected, :2] - rows[selected, 2:4] / 2 - (left, top)) / scale
        boxes = np.concatenate([corners, rows[selected, 2:4] / scale], 1)
        kinds, scores = kinds[selected], scores[selected]
        chosen = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores.tolist(), kinds.tolist(), 0.1, 0.6)
        return [
            SceneDetection(LABELS[kinds[i]], float(scores[i]), (float(x), float(y), float(x + w), float(y + h)))
            for i in chosen
            for x, y, w, h in [boxes[i]]
        ]


class WaterSegmenter:
    """The shipped water segmenter."""

    def __init__(self, weights: Path) -> None:
        self._session = _session(weights)
        self._name = self._session.get_inputs()[0].name

    def mask(self, image: Image) -> npt.NDArray[np.bool_]:
        """Where it sees water, at the image's own size."""
        canvas, scale, left, top = _letterboxed(image, *WATER_SIZE)
        feed = np.ascontiguousarray(canvas[None, ..., ::-1].transpose(0, 3, 1, 2), np.float32)
        found = np.asarray(self._session.run(None, {self._name: feed})[0]).reshape(WATER_SIZE[1], WATER_SIZE[0])
        h, w = image.shape[:2]
        inner = found[top : top + round(h * scale), left : left + round(w * scale)]
        return np.asarray(cv2.resize(inner, (w, h)) > 0.5)


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def share_inside(mask: npt.NDArray[np.bool_], polygon: list[list[float]]) -> float:
    """Share 0..1 of a polygon (0..1 image coordinates) that the mask covers."""
    h, w = mask.shape
    area = np.zeros((h, w), np.uint8)
    cv2.fillPoly(area, [np.round(np.array(polygon) * (w, h)).astype(np.int32)], 1)
    inside = area > 0
    return float(mask[inside].mean()) if inside.any() else 0.0


def marked(
    image: Image, seen: list[SceneDetection], water: npt.NDArray[np.bool_] | None, zones: dict[str, list[list[float]]]
) -> Image:
    """The image with detections, water and zones drawn on it, for people to look at."""
    out = image.copy()
    if water is not None:
        out[water] = out[water] // 2 + np.array([110, 40, 0], np.uint8)
    h, w = out.shape[:2]
    for polygon in zones.values():
        cv2.polylines(out, [np.round(np.array(polygon) * (w, h)).astype(np.int32)], True, (0, 255, 255), 1)
    for thing in seen:
        x0, y0, x1, y1 = (round(v) for v in thing.box)
        cv2.rectangle(out, (x0, y0), (x1, y1), (0, 255, 0), 1)
        cv2.putText(
            out,
            f"{thing.label} {thing.confidence:.2f}",
            (x0, y0 - 3),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.42,
            (0, 255, 0),
            1,
            cv2.LINE_AA,
        )
    return out
