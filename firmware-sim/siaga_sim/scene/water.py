"""Flood water: a muddy, rippled surface that mirrors the street, laid over all that is lower than its level."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.mesh import FloatArray
from siaga_sim.scene.raster import Z_BELOW_CM, Image, Light

PHASES = 8
LOOP_SECONDS = 2.0
MUD = np.array([92.0, 122.0, 142.0], np.float32)  # BGR of silty water by day
SURFACE_M = 0.2  # the level for which ripples and reflections are worked out; others look alike


class WaterSurface:
    """The water as seen by one camera, in PHASES pictures that loop."""

    def __init__(self, camera: Camera, mirror: Image, light: Light, seed: int) -> None:
        rays = camera.rays()
        down = np.maximum(-rays[..., 2], 0.004)
        reach = (camera.z_m - SURFACE_M) / down
        x, y = camera.x_m + rays[..., 0] * reach, rays[..., 1] * reach
        footprint = reach / camera.focal_px / down
        gain = (light.sun * 0.75 + light.sky) ** (1 / 2.2)
        silt = _silt(x, y, seed)
        self.pictures = [
            _surface(x, y, footprint, down, mirror, silt, gain * np.asarray(light.tint[::-1], np.float32), phase, seed)
            for phase in range(PHASES)
        ]

    def at(self, at_seconds: float) -> Image:
        """The surface everywhere in the picture at a time."""
        return self.pictures[int(at_seconds / LOOP_SECONDS * PHASES) % PHASES]


def _slopes(
    x: FloatArray, y: FloatArray, footprint: FloatArray, phase: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Slopes of the ripples; waves shorter than a pixel are left out; whole turns per loop, so that it closes."""
    dice = np.random.default_rng(seed + 77)
    gx, gy = np.zeros_like(x), np.zeros_like(x)
    for _ in range(22):
        length = float(np.exp(dice.uniform(math.log(0.18), math.log(2.6))))
        angle, start = float(dice.uniform(0, 2 * math.pi)), float(dice.uniform(0, 2 * math.pi))
        turns = int(dice.integers(1, 4)) * (1 if dice.random() < 0.5 else -1)
        kx, ky = math.cos(angle) * 2 * math.pi / length, math.sin(angle) * 2 * math.pi / length
        seen = np.clip(length / (2.5 * footprint) - 0.4, 0, 1)
        wave = np.cos(kx * x + ky * y + start + 2 * math.pi * turns * phase / PHASES) * seen * 0.028
        gx += wave * math.cos(angle)
        gy += wave * math.sin(angle)
    return gx.astype(np.float32), gy.astype(np.float32)


def _silt(x: FloatArray, y: FloatArray, seed: int) -> FloatArray:
    """Slow streaks of lighter and darker mud."""
    dice = np.random.default_rng(seed + 78)
    total = np.zeros_like(x)
    for _ in range(7):
        kx, ky = dice.uniform(0.1, 0.9), dice.uniform(0.02, 0.25)
        total += np.sin(x * kx + y * ky * 1.3 + dice.uniform(0, 6) + 0.8 * np.sin(y * 0.2 + x * 0.13))
    return np.asarray(total / 3, np.float32)


def _surface(
    x: FloatArray,
    y: FloatArray,
    footprint: FloatArray,
    down: FloatArray,
    mirror: Image,
    silt: FloatArray,
    gain: FloatArray,
    phase: int,
    seed: int,
) -> Image:
    gx, gy = _slopes(x, y, footprint, phase, seed)
    h, w = x.shape
    u, v = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    # Slopes shift what is mirrored; far away the same slope shifts it more along the view.
    du, dv = gx * w * 0.35, gy * h * 0.6
    seen = cv2.remap(mirror, u + du, v + dv, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    facing = np.clip(down - gy * 0.9, 0.02, 1)
    fresnel = (0.03 + 0.80 * (1 - facing) ** 3.2)[..., None]
    body = MUD * gain * (1 + 0.05 * silt + 0.9 * gy + 0.5 * gx)[..., None]
    return np.asarray(np.clip(body * (1 - fresnel) + seen * fresnel, 0, 255), np.uint8)


def _veil() -> Image:
    """How opaque muddy water is by its depth: index is 255 - (level - height) clipped, one byte."""
    depth_cm = np.arange(256, dtype=np.float32)
    return np.asarray(np.clip(1 - np.exp(-depth_cm / 2.2), 0, 0.985) * 255 * (depth_cm > 0), np.uint8)


VEIL = _veil()


def depth_cm(heights: Image, level_cm: float) -> Image:
    """Depth of the water over each pixel, 0 where dry; one byte."""
    surface = np.full_like(heights, min(max(round(level_cm + Z_BELOW_CM), 0), 255))
    return np.asarray(cv2.subtract(surface, heights), np.uint8)


def flood(picture: Image, heights: Image, level_cm: float, surface: Image) -> None:
    """Lays the water into the picture in place."""
    veil = cv2.LUT(depth_cm(heights, level_cm), VEIL)
    rows = np.flatnonzero(veil.any(axis=1))
    if not len(rows):
        return
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    over = cv2.merge([veil[part]] * 3)
    dry = cv2.multiply(picture[part], cv2.bitwise_not(over), scale=1 / 255)
    picture[part] = cv2.add(dry, cv2.multiply(surface[part], over, scale=1 / 255))


def under_water(heights: Image, level_cm: float) -> npt.NDArray[np.bool_]:
    """Where the water's surface is what one sees."""
    return np.asarray(depth_cm(heights, level_cm) > 0)
