"""The water segmenter on ONNX Runtime, and shares of a picture under water."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from siaga_core.rules.geometry import Point

from siaga_edge.vision.letterbox import Letterbox, as_input
from siaga_edge.vision.manifest import LoadedModel
from siaga_edge.vision.picture import Picture, size_of
from siaga_edge.vision.session import open_session

_MULTIPLE = 32  # the decoder halves five times
_MAX_ASPECT = 4  # a narrower strip is padded to this, so that its short side keeps some pixels


@dataclass(frozen=True, slots=True)
class WaterMap:
    """Where a picture shows water: True per pixel of a map that covers the picture and no padding."""

    mask: NDArray[np.bool_]

    def share(self) -> float:
        """Share of the picture under water, 0..1."""
        return float(self.mask.mean())

    def share_in(self, polygon: Sequence[Point]) -> float:
        """Share of a polygon's area (in shares of width and height) that is under water, 0..1."""
        region = polygon_mask(polygon, width=self.mask.shape[1], height=self.mask.shape[0])
        return float(self.mask[region].mean()) if region.any() else 0.0

    def at_size(self, *, width: int, height: int) -> NDArray[np.bool_]:
        """The mask for a picture of that size."""
        grown = cv2.resize(self.mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return grown.astype(np.bool_)


class OnnxWater:
    """Feeds each picture at its own aspect, its long side as in the manifest."""

    def __init__(self, model: LoadedModel, *, threads: int = 1) -> None:
        self._row = model.row
        self._session = open_session(model, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._threshold = model.row.thresholds["water"]

    def look(self, picture: Picture) -> WaterMap:
        """Where the picture shows water."""
        width, height = canvas_size(*size_of(picture), long_side=self._row.input.width)
        box = Letterbox.fit(picture, width=width, height=height)
        batch = as_input(box.paint(picture, pad=self._row.input.pad), scale=self._row.input.scale)
        (output,) = self._session.run(None, {self._input: batch})
        return WaterMap(box.inner(output[0, 0]) > self._threshold)


def canvas_size(width: int, height: int, *, long_side: int) -> tuple[int, int]:
    """The smallest canvas in multiples of 32 that takes a picture scaled to `long_side`."""
    scale = long_side / max(width, height)
    least = long_side // _MAX_ASPECT
    canvas = (max(least, math.ceil(side * scale / _MULTIPLE - 1e-6) * _MULTIPLE) for side in (width, height))
    return next(canvas), next(canvas)


def polygon_mask(polygon: Sequence[Point], *, width: int, height: int) -> NDArray[np.bool_]:
    """True on the pixels of a map that a polygon in shares covers."""
    corners = np.array([[point.x * width, point.y * height] for point in polygon])
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.floor(corners).astype(np.int32)], 1)
    return canvas.astype(np.bool_)
