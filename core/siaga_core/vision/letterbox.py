"""Fits an image into a model's input without stretching it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.vision.image import Image, size_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """Where an image lies on the model's canvas; all in pixels, `scale` is canvas per source pixel."""

    width: int
    height: int
    source_width: int
    source_height: int
    scale: float
    left: int
    top: int
    inner_width: int
    inner_height: int

    @classmethod
    def fit(cls, image: Image, *, width: int, height: int) -> Self:
        """Return the letterbox that shows an image centred and as large as fits."""
        source_width, source_height = size_of(image)
        scale = min(width / source_width, height / source_height)
        inner_width = min(width, max(1, round(source_width * scale)))
        inner_height = min(height, max(1, round(source_height * scale)))
        return cls(
            width=width,
            height=height,
            source_width=source_width,
            source_height=source_height,
            scale=scale,
            left=(width - inner_width) // 2,
            top=(height - inner_height) // 2,
            inner_width=inner_width,
            inner_height=inner_height,
        )

    def paint(self, image: Image, *, pad: int) -> Image:
        """The canvas with the image on it."""
        inner = (self.inner_width, self.inner_height)
        fitted = image if size_of(image) == inner else cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
        canvas: Image = np.full((self.height, self.width, 3), pad, np.uint8)
        canvas[self.top : self.top + self.inner_height, self.left : self.left + self.inner_width] = fitted
        return canvas

    def to_source(self, corners: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows of x1, y1, x2, y2 on the canvas as pixels of the source, clipped to it."""
        shift = np.array([self.left, self.top, self.left, self.top], np.float32)
        limit = np.array([self.source_width, self.source_height] * 2, np.float32)
        on_source: NDArray[np.float32] = np.clip((corners - shift) / np.float32(self.scale), 0, limit)
        return on_source

    def inner(self, canvas: NDArray[np.float32]) -> NDArray[np.float32]:
        """The part of a canvas-sized map that lies on the image, padding left out."""
        return canvas[self.top : self.top + self.inner_height, self.left : self.left + self.inner_width]


def as_input(canvas: Image, *, scale: str) -> NDArray[np.float32]:
    """BGR canvas as a batch of one, RGB planes, in 0..1 or 0..255."""
    planes = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1), dtype=np.float32)[None]
    if scale == "0..1":
        planes *= np.float32(1 / 255)
    return planes
