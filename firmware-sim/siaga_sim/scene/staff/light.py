"""Light and weather over a riverside: sun and its shadows, dusk, a lamp, infrared light, rain, the sensor's noise."""

from __future__ import annotations

import cv2
import numpy as np

from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.raster import Image

_GAINS = {"day": 1.0, "dusk": 0.34, "lamp": 0.30, "infrared": 0.42}
_GRAIN = {"day": 2.0, "dusk": 3.5, "lamp": 5.0, "infrared": 4.5}
_BLUR_PX = {"day": 0.6, "dusk": 0.7, "lamp": 0.8, "infrared": 0.9}


def lit(image: FloatArray, light: str, staff_px: tuple[float, float], *, seed: int, shadow: bool) -> FloatArray:
    """The image as full daylight shows it, under another light; the lamp hangs beside the lens."""
    height, width = image.shape[:2]
    dice = np.random.default_rng(seed + 41)
    gain = np.full((height, width, 1), _GAINS[light] * dice.uniform(0.88, 1.1), np.float32)
    if light in ("lamp", "infrared"):
        gain *= _cone(width, height, staff_px, dice)[..., None]
    if shadow and light == "day":
        gain *= _shade(width, height, staff_px, dice)[..., None]
    image = image * gain
    if light == "infrared":
        grey = image @ np.array([0.2, 0.5, 0.3], np.float32)
        return np.asarray(np.repeat(grey[..., None], 3, -1), np.float32)
    tint = {"day": (1.0, 1.0, 1.0), "dusk": (1.12, 1.0, 0.9), "lamp": (0.72, 0.95, 1.15)}[light]
    return np.asarray(image * np.asarray(tint, np.float32), np.float32)


def weathered(image: FloatArray, rain: float, light: str, at: float, fps: float, seed: int) -> Image:
    """Through rain and the lens onto a sensor."""
    dice = np.random.default_rng([seed, round(at * fps)])
    height, width = image.shape[:2]
    if rain:
        drops = np.zeros((height, width), np.float32)
        for _ in range(round(240 * rain)):
            x, y = int(dice.integers(0, width)), int(dice.integers(0, height))
            length = int(dice.integers(8, 30))
            cv2.line(drops, (x, y), (x + length // 8, y + length), float(dice.uniform(12, 38)), 1, cv2.LINE_AA)
        haze = 0.12 * rain
        image = image * (1 - haze) + 150 * haze * _GAINS[light] + drops[..., None] * (0.4 + _GAINS[light])
    soft = cv2.GaussianBlur(image, (0, 0), _BLUR_PX[light])
    noisy = soft + dice.normal(0, 1, (height, width, 1)).astype(np.float32) * _GRAIN[light]
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _cone(width: int, height: int, at: tuple[float, float], dice: np.random.Generator) -> FloatArray:
    x, y = at[0] + dice.uniform(-0.1, 0.1) * width, at[1] + dice.uniform(-0.1, 0.15) * height
    across = (np.arange(width, dtype=np.float32) - x)[None, :] / width
    down = (np.arange(height, dtype=np.float32) - y)[:, None] / width
    far = np.sqrt(across**2 + down**2)
    return np.asarray(0.12 + 1.9 * np.exp(-((far / 0.3) ** 2)), np.float32)


def _shade(width: int, height: int, at: tuple[float, float], dice: np.random.Generator) -> FloatArray:
    """The slanting edge of a building's shadow across the staff."""
    slope = dice.uniform(-0.8, 0.8)
    x = np.arange(width, dtype=np.float32)[None, :] - at[0]
    y = np.arange(height, dtype=np.float32)[:, None] - at[1] - dice.uniform(-0.15, 0.1) * height
    inside = np.clip((y - slope * x) / 4 + 0.5, 0, 1)
    return np.asarray(1 - 0.45 * inside, np.float32)
