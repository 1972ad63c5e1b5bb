"""Weights of any kind behind one call: a picture in, boxes or a water map out, in the picture's own pixels.

ONNX by onnxruntime, OpenVINO by openvino, .pt by torch and ultralytics where they are installed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import Floats, ImageArray, decode, letterbox, suppress
from .folders import OLDER_CLASSES
from .shipped import row_of

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class WeightsError(ValueError):
    """The weights cannot be used for what was asked; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector with its input size; `find` gives rows (x1, y1, x2, y2, score, class)."""

    name: str
    classes: tuple[str, ...]
    width: int
    height: int
    run: Run
    thresholds: dict[str, float] = field(default_factory=dict)
    nms_iou: float = 0.6

    def find(self, image: ImageArray, *, floor: float = 0.01) -> Floats:
        """Boxes in pixels of the BGR picture, best first, every class that reaches `floor`."""
        canvas, fit = letterbox(image, width=self.width, height=self.height)
        tensor = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / np.float32(255)
        rows = decode(self.run(tensor)[0].astype(float), floor=floor)
        rows = suppress(rows, iou=self.nms_iou)
        rows[:, :4] = fit.back(rows[:, :4], width=image.shape[1], height=image.shape[0])
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterSegmenter:
    """A water segmenter; `find` gives the probability of water per pixel of the picture."""

    name: str
    width: int
    height: int
    run: Run
    threshold: float = 0.5
    fit: str = "letterbox"

    def find(self, image: ImageArray) -> NDArray[np.float32]:
        """Water probability, as tall and wide as the BGR picture."""
        rows, columns = image.shape[:2]
        width, height = self.size_for(columns, rows)
        canvas, box = letterbox(image, width=width, height=height)
        tensor = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
        inner = self.run(tensor)[0, 0, box.top : box.top + box.inner_height, box.left : box.left + box.inner_width]
        return np.asarray(cv2.resize(inner, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)

    def size_for(self, columns: int, rows: int) -> tuple[int, int]:
        """The input for a picture of that size: the fixed one, or with fit `aspect` the nearest of four."""
        if self.fit != "aspect":
            return self.width, self.height
        choices = ((512, 288), (512, 384), (448, 448), (384, 512))
        return min(choices, key=lambda c: abs(np.log((c[0] / c[1]) / (columns / rows))))


def onnx_run(path: Path, *, threads: int = 1) -> tuple[Run, list[Any], dict[str, str]]:
    """A runner, the input's shape, and the file's own notes."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]

    def run(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {entry.name: tensor})[0], np.float32)

    return run, list(entry.shape), dict(session.get_modelmeta().custom_metadata_map)


def openvino_run(path: Path, *, threads: int = 1) -> tuple[Run, list[Any], dict[str, str]]:
    """The same for an OpenVINO .xml."""
    import openvino as ov  # type: ignore[import-untyped,import-not-found,unused-ignore]

    core = ov.Core()
    model = core.read_model(path)
    compiled = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
    shape = [d.get_length() if d.is_static else "?" for d in model.input(0).partial_shape]

    def run(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(compiled(tensor)[0], np.float32)

    return run, shape, {}


def torch_detector_run(path: Path, *, threads: int = 1) -> tuple[Run, list[Any], dict[str, str]]:
    """The same for an ultralytics detection .pt."""
    import torch
    from ultralytics.models.yolo.model import YOLO

    torch.set_num_threads(threads)
    yolo: Any = YOLO(str(path))
    net: Any = yolo.model
    net.float().eval()

    def run(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            out = net(torch.from_numpy(tensor))
        return np.asarray((out[0] if isinstance(out, (tuple, list)) else out).numpy(), np.float32)

    return run, [1, 3, "h", "w"], {"names": repr(dict(net.names))}


def torch_water_run(path: Path, *, threads: int = 1) -> tuple[Run, list[Any], dict[str, str]]:
    """The same for a water .pt of train_water.py."""
    import torch

    from .water_net import load_water

    torch.set_num_threads(threads)
    net = load_water(path).eval()

    def run(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(net(torch.from_numpy(tensor)).numpy(), np.float32)

    return run, [1, 3, "h", "w"], {}


def _opened(path: Path, *, water: bool, threads: int) -> tuple[Run, list[Any], dict[str, str]]:
    match path.suffix:
        case ".onnx":
            return onnx_run(path, threads=threads)
        case ".xml":
            return openvino_run(path, threads=threads)
        case ".pt":
            return (torch_water_run if water else torch_detector_run)(path, threads=threads)
        case _:
            raise WeightsError(f"{path}: expected .onnx, .xml (OpenVINO) or .pt")


def open_detector(
    path: Path, *, size: tuple[int, int] = (640, 640), classes: Sequence[str] = (), threads: int = 1
) -> Detector:
    """A detector from a file; `size` (width, height) only where the file does not fix it."""
    run, shape, notes = _opened(path, water=False, threads=threads)
    row = row_of(path) or {}
    fixed = isinstance(shape[2], int) and isinstance(shape[3], int)
    width, height = (shape[3], shape[2]) if fixed else size
    own = tuple(ast.literal_eval(notes["names"]).values()) if "names" in notes else ()
    return Detector(
        name=path.stem if path.stem != "best" else f"{path.parent.name}/{path.stem}",
        classes=tuple(classes) or tuple(row.get("classes", ())) or own or OLDER_CLASSES,
        width=int(width),
        height=int(height),
        run=run,
        thresholds=dict(row.get("thresholds", {})),
        nms_iou=float(row.get("nms_iou", 0.6)),
    )


def open_water(
    path: Path, *, size: tuple[int, int] | None = None, fit: str = "letterbox", threads: int = 1
) -> WaterSegmenter:
    """A water segmenter from a file; `size` (width, height) only where the file does not fix it."""
    run, shape, _ = _opened(path, water=True, threads=threads)
    row = row_of(path) or {}
    fixed = isinstance(shape[2], int) and isinstance(shape[3], int)
    entry = row.get("input", {})
    usual = size or (int(entry.get("width", 512)), int(entry.get("height", 288)))
    return WaterSegmenter(
        name=path.stem if path.stem != "best" else f"{path.parent.name}/{path.stem}",
        width=int(shape[3]) if fixed else usual[0],
        height=int(shape[2]) if fixed else usual[1],
        run=run,
        threshold=float(row.get("thresholds", {}).get("water", 0.5)),
        fit="letterbox" if fixed or size else fit,
    )
