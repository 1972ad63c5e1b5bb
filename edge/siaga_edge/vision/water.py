"""The water segmenter, and shares of an image under water."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.detections import in_pixels, sides
from siaga_core.vision.devices import Device, Engine
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.letterbox import Letterbox, as_input
from siaga_core.vision.manifest import LoadedModel
from siaga_core.vision.session import open_runner

_MULTIPLE = 32  # the decoder halves five times
_MAX_ASPECT = 4  # a narrower strip is padded to this, so that its short side keeps some pixels
_LEAST_VISIBLE = 0.25  # of a region, below which leaving out what stands on it would leave too little to judge


@dataclass(frozen=True, slots=True)
class WaterMap:
    """How surely each pixel of a small map shows water, 0..1; it covers the image and no padding."""

    probability: NDArray[np.float32]
    threshold: float

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return a mask that is true where there is water."""
        return self.probability > self.threshold

    def share(self) -> float:
        """Share of the image under water, 0..1."""
        return float(self.mask.mean())

    def share_in(self, polygon: Sequence[Point], *, hidden_by: Iterable[Box] = ()) -> float:
        """Share of a polygon that is under water, 0..1, all in shares of width and height.

        What stands in front (`hidden_by`) is left out of the count, unless little of the polygon would be left.
        """
        region = self._region(polygon, hidden_by)
        return float(self.mask[region].mean()) if region.any() else 0.0

    def certainty_in(self, polygon: Sequence[Point]) -> float:
        """Mean probability where the polygon is called water; 0 where it is dry."""
        wet = self._region(polygon, ()) & self.mask
        return float(self.probability[wet].mean()) if wet.any() else 0.0

    def near(self, point: Point, *, radius: float) -> float:
        """Mean probability in a disc round a point; both in shares, the radius of the width."""
        height, width = self.probability.shape
        disc = np.zeros((height, width), np.uint8)
        centre = (min(width - 1, int(point.x * width)), min(height - 1, int(point.y * height)))
        cv2.circle(disc, centre, max(1, round(radius * width)), 1, cv2.FILLED)
        return float(self.probability[disc.astype(np.bool_)].mean())

    def at_size(self, *, width: int, height: int) -> NDArray[np.bool_]:
        """The mask for an image of that size."""
        return cv2.resize(self.probability, (width, height), interpolation=cv2.INTER_LINEAR) > self.threshold

    def _region(self, polygon: Sequence[Point], hidden_by: Iterable[Box]) -> NDArray[np.bool_]:
        height, width = self.probability.shape
        region = polygon_mask(polygon, width=width, height=height)
        visible = region.copy()
        for box in hidden_by:
            left, top, right, bottom = (round(side) for side in sides(in_pixels(box, width=width, height=height)))
            visible[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
        return visible if visible.sum() >= _LEAST_VISIBLE * region.sum() else region


class OnnxWater:
    """Feeds each image at its own aspect, its long side as in the manifest.

    One scale: the mean with a look at 1.5 times the size costs 3.25 times the work, and was no better on dry roads.
    """

    def __init__(
        self, model: LoadedModel, *, threads: int = 1, engine: Engine = "onnxruntime", device: Device = "cpu"
    ) -> None:
        self._row = model.row
        self._runner = open_runner(model, threads=threads, engine=engine, device=device)
        self._threshold = model.row.thresholds["water"]

    def look(self, image: Image) -> WaterMap:
        """Return where the image shows water."""
        width, height = canvas_size(*size_of(image), long_side=self._row.input.width)
        box = Letterbox.fit(image, width=width, height=height)
        batch = as_input(box.paint(image, pad=self._row.input.pad), scale=self._row.input.scale)
        return WaterMap(box.inner(self._runner.run(batch)[0, 0]), self._threshold)


def canvas_size(width: int, height: int, *, long_side: int) -> tuple[int, int]:
    """The smallest canvas in multiples of 32 that takes an image scaled to `long_side`."""
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
