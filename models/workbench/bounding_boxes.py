"""Boxes as arrays: overlap, suppression, and the letterbox that a picture goes through."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ImageArray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """How a picture was fitted into an input: `input = picture * scale + offset`, in pixels."""

    scale: float
    left: int
    top: int
    inner_width: int
    inner_height: int

    def back(self, boxes: Floats, *, width: int, height: int) -> Floats:
        """Corner boxes of the input as corner boxes of the picture, clipped to it."""
        out = boxes.copy()
        out[:, [0, 2]] = ((out[:, [0, 2]] - self.left) / self.scale).clip(0, width)
        out[:, [1, 3]] = ((out[:, [1, 3]] - self.top) / self.scale).clip(0, height)
        return out


def letterbox(image: ImageArray, *, width: int, height: int, pad: int = 114) -> tuple[ImageArray, Letterbox]:
    """The picture fitted into width x height with its aspect kept, and how to get back."""
    rows, columns = image.shape[:2]
    scale = min(width / columns, height / rows)
    inner_width, inner_height = max(1, round(columns * scale)), max(1, round(rows * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    inner = cv2.resize(image, (inner_width, inner_height), interpolation=how)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    canvas = np.full((height, width, 3), pad, np.uint8)
    canvas[top : top + inner_height, left : left + inner_width] = inner
    fit = Letterbox(scale=scale, left=left, top=top, inner_width=inner_width, inner_height=inner_height)
    return canvas, fit


def overlap(first: Floats, second: Floats) -> Floats:
    """Intersection over union of every corner box of `first` with every one of `second`."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:4], second[None, :, 2:4])
    shared = (high - low).clip(0).prod(2)
    return np.asarray(shared / np.maximum(area(first)[:, None] + area(second)[None] - shared, 1e-9))


def area(boxes: Floats) -> Floats:
    """Area of corner boxes, in square pixels."""
    return np.asarray((boxes[:, 2:4] - boxes[:, :2]).clip(0).prod(1))


def suppress(rows: Floats, *, iou: float, limit: int = 300) -> Floats:
    """Rows (x1, y1, x2, y2, score, class) without those that overlap a better one of their class."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")][:3000]
    # Classes are moved apart so that one pass serves them all.
    moved = rows[:, :4] + rows[:, 5:6] * 10_000.0
    retained: list[int] = []
    alive = np.ones(len(rows), bool)
    for index in range(len(rows)):
        if not alive[index]:
            continue
        retained.append(index)
        if len(retained) == limit:
            break
        alive &= overlap(moved[index : index + 1], moved)[0] <= iou
    return rows[retained]


def decode(output: Floats, *, floor: float) -> Floats:
    """A YOLO output (4 + classes, N) as rows (x1, y1, x2, y2, score, class) with score >= floor.

    Every class that reaches the floor gives a row, so that curves per class are whole.
    """
    scores = output[4:]
    classes, anchors = np.nonzero(scores >= floor)
    centre, half = output[:2, anchors], output[2:4, anchors] / 2
    return np.concatenate([centre - half, centre + half, scores[classes, anchors][None], classes[None]]).T
