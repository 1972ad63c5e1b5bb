"""What city cameras do to a picture: night, infrared, rain, blur, JPEG, few pixels. Seeded, labels unmoved.

Used in training, and by evaluate.py to ask how a model bears it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import ImageArray

Chance = np.random.Generator


def night(image: ImageArray, chance: Chance) -> ImageArray:
    """Darker, noisier, with the yellow of street lamps and a bright spot or two."""
    rows, columns = image.shape[:2]
    dark = (image / 255.0) ** chance.uniform(1.2, 1.8) * chance.uniform(0.25, 0.5)
    dark = dark * np.array([0.75, 0.95, 1.1])
    y, x = np.mgrid[0:rows, 0:columns]
    for _ in range(int(chance.integers(1, 4))):
        cx, cy, radius = chance.uniform(0, columns), chance.uniform(0, rows * 0.5), chance.uniform(0.08, 0.25) * columns
        glow = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * radius**2))[..., None]
        dark = dark + image / 255.0 * glow * chance.uniform(0.2, 0.6)
    return _bytes(dark * 255 + chance.normal(0, chance.uniform(3, 10), image.shape))


def infrared(image: ImageArray, chance: Chance) -> ImageArray:
    """Grey, lit from the camera, dark at the rim."""
    rows, columns = image.shape[:2]
    grey = image.mean(2, keepdims=True) / 255
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    lamp = np.exp(-(x**2 + y**2) * chance.uniform(0.3, 1.2))[..., None]
    lit = (grey**0.8) * lamp * chance.uniform(0.6, 1.0)
    return _bytes(np.repeat(lit, 3, 2) * 255 + chance.normal(0, 5, (rows, columns, 1)))


def rain(image: ImageArray, chance: Chance) -> ImageArray:
    """Streaks, a grey veil and less contrast."""
    rows, columns = image.shape[:2]
    streaks = np.zeros((rows, columns), np.uint8)
    slant = chance.uniform(-0.3, 0.3)
    for _ in range(int(rows * columns / chance.uniform(900, 2500))):
        x, y, length = int(chance.integers(columns)), int(chance.integers(rows)), int(chance.integers(6, 20))
        end = (int(x + slant * length), y + length)
        cv2.line(streaks, (x, y), end, int(chance.integers(90, 200)), 1, cv2.LINE_AA)
    veil = chance.uniform(0.1, 0.3)
    grey = image * (1 - veil) + 150 * veil
    return _bytes(grey + cv2.GaussianBlur(streaks, (3, 3), 0)[..., None] * 0.5)


def blur(image: ImageArray, chance: Chance) -> ImageArray:
    """Out of focus, or moved during the exposure."""
    size = int(chance.integers(3, 8))
    kernel = np.zeros((size, size), np.float32)
    if chance.random() < 0.5:
        kernel[size // 2] = 1 / size
        turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), float(chance.uniform(0, 180)), 1)
        kernel = np.asarray(cv2.warpAffine(kernel, turn, (size, size)), np.float32)
        kernel = np.asarray(kernel / max(float(kernel.sum()), 1e-6), np.float32)
        return _bytes(cv2.filter2D(image, -1, kernel))
    return _bytes(cv2.GaussianBlur(image, (0, 0), float(chance.uniform(0.8, 2.2))))


def jpeg(image: ImageArray, chance: Chance) -> ImageArray:
    """Packed hard, as by a cheap encoder."""
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(12, 40))])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def coarse(image: ImageArray, chance: Chance) -> ImageArray:
    """A low-resolution camera, scaled up again."""
    rows, columns = image.shape[:2]
    share = chance.uniform(0.3, 0.6)
    small = cv2.resize(image, (max(8, int(columns * share)), max(8, int(rows * share))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), np.uint8)


WEATHERS: dict[str, Callable[[ImageArray, Chance], ImageArray]] = {
    "night": night,
    "infrared": infrared,
    "rain": rain,
    "blur": blur,
    "jpeg": jpeg,
    "coarse": coarse,
}


def weathered(image: ImageArray, chance: Chance, shares: dict[str, float]) -> ImageArray:
    """The picture through each weather with its own probability; of night and infrared at most one."""
    dark = False
    for name, act in WEATHERS.items():
        if chance.random() >= shares.get(name, 0.0) or (dark and name == "infrared"):
            continue
        image = act(image, chance)
        dark = dark or name == "night"
    return image


def looks_like(image: ImageArray) -> str:
    """`grey` (as infrared is), `dark` or `day`, by the pixels alone."""
    spread = float(image.astype(np.float32).std(axis=2).mean())
    if spread < 2.5:
        return "grey"
    return "dark" if float(image.mean()) < 60 else "day"


def _bytes(image: NDArray[Any]) -> ImageArray:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
