"""Flood water: a muddy, rippled surface that mirrors the street, laid over all that is lower than its level."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.raster import Z_BELOW_CM, Image, Light, Sprite

PHASES = 8
LOOP_SECONDS = 2.0
MUD = np.array([66.0, 96.0, 116.0], np.float32)  # BGR of silty water by day
RIPPLE = 0.018  # slope of one wave; more is storm, less is a mirror
SURFACE_M = 0.2  # the level for which ripples and reflections are worked out; others look alike


@dataclass(frozen=True)
class _Sea:
    """Where each pixel of a half-size image meets the surface, and the size of the full image."""

    x: FloatArray
    y: FloatArray
    footprint: FloatArray
    silt: FloatArray
    down: FloatArray
    size: tuple[int, int]


class WaterSurface:
    """The water as seen by one camera, in PHASES images that loop."""

    def __init__(self, camera: Camera, mirror: Image, light: Light, seed: int) -> None:
        small = replace(camera, width=camera.width // 2, height=camera.height // 2)
        rays = small.rays
        down = np.asarray(np.maximum(-rays[..., 2], 0.004), np.float32)
        reach = np.asarray((camera.z_m - SURFACE_M) / down, np.float32)
        x = np.asarray(camera.x_m + rays[..., 0] * reach, np.float32)
        y = np.asarray(rays[..., 1] * reach, np.float32)
        # A pixel is long along the view, so waves are judged by their length against the mean of both sides.
        footprint = np.asarray(reach / small.focal_px / np.sqrt(down), np.float32)
        sea = _Sea(x, y, footprint, _silt(x, y, seed), down, (camera.width, camera.height))
        gain = (light.sun * 0.75 + light.sky) ** (1 / 2.2) * np.asarray(light.tint[::-1], np.float32)
        calm = np.asarray(cv2.GaussianBlur(mirror, (0, 0), sigmaX=1.2, sigmaY=camera.height / 120), np.uint8)
        self.images = [_surface(sea, calm, gain, phase, seed) for phase in range(PHASES)]

    def at(self, at_seconds: float) -> Image:
        """The surface everywhere in the image at a time."""
        return self.images[int(at_seconds / LOOP_SECONDS * PHASES) % PHASES]


def _slopes(sea: _Sea, phase: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Slopes of the ripples; waves shorter than a pixel are left out; whole turns per loop, so that it closes."""
    dice = np.random.default_rng(seed + 77)
    gx, gy = np.zeros_like(sea.x), np.zeros_like(sea.x)
    for _ in range(18):
        length = float(np.exp(dice.uniform(math.log(0.12), math.log(3.0))))
        angle, start = float(dice.uniform(0, 2 * math.pi)), float(dice.uniform(0, 2 * math.pi))
        turns = int(dice.integers(1, 4)) * (1 if dice.random() < 0.5 else -1)
        kx, ky = math.cos(angle) * 2 * math.pi / length, math.sin(angle) * 2 * math.pi / length
        seen = np.clip(length / (2.0 * sea.footprint) - 0.5, 0, 1)
        turn = np.float32(start + 2 * math.pi * turns * phase / PHASES)
        wave = np.cos(np.float32(kx) * sea.x + np.float32(ky) * sea.y + turn) * seen * np.float32(RIPPLE)
        gx += wave * math.cos(angle)
        gy += wave * math.sin(angle)
    return np.asarray(cv2.resize(gx, sea.size)), np.asarray(cv2.resize(gy, sea.size))


def _silt(x: FloatArray, y: FloatArray, seed: int) -> FloatArray:
    """Slow streaks of lighter and darker mud."""
    dice = np.random.default_rng(seed + 78)
    total = np.zeros_like(x)
    for _ in range(7):
        kx, ky = dice.uniform(0.1, 0.9), dice.uniform(0.02, 0.25)
        total += np.sin(x * kx + y * ky * 1.3 + dice.uniform(0, 6) + 0.8 * np.sin(y * 0.2 + x * 0.13))
    return np.asarray(total / 3, np.float32)


def _surface(sea: _Sea, mirror: Image, gain: FloatArray, phase: int, seed: int) -> Image:
    gx, gy = _slopes(sea, phase, seed)
    w, h = sea.size
    u, v = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    seen = cv2.remap(mirror, u + gx * w * 0.35, v + gy * h * 0.6, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    facing = np.clip(cv2.resize(sea.down, sea.size) - gy * 0.9, 0.02, 1)
    fresnel = (0.14 + 0.78 * (1 - facing) ** 2.0)[..., None]
    body = MUD * gain * (1 + 0.04 * cv2.resize(sea.silt, sea.size) + 0.9 * gy + 0.5 * gx)[..., None]
    return np.asarray(np.clip(body * (1 - fresnel) + seen.astype(np.float32) * fresnel, 0, 255), np.uint8)


def _veil() -> Image:
    """How opaque muddy water is by its depth: index is 255 - (level - height) clipped, one byte."""
    depth_cm = np.arange(256, dtype=np.float32)
    return np.asarray(np.clip(1 - np.exp(-(depth_cm + 0.6) / 1.3), 0, 0.985) * 255 * (depth_cm > 0), np.uint8)


VEIL = _veil()


def depth_cm(heights: Image, level_cm: float) -> Image:
    """Depth of the water over each pixel, 0 where dry; one byte."""
    surface = np.full_like(heights, min(max(round(level_cm + Z_BELOW_CM), 0), 255))
    return np.asarray(cv2.subtract(surface, heights), np.uint8)


def flood(image: Image, heights: Image, level_cm: float, surface: Image) -> None:
    """Lays the water into the image in place."""
    veil = cv2.LUT(depth_cm(heights, level_cm), VEIL)
    rows = np.flatnonzero(veil.any(axis=1))
    if not len(rows):
        return
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    over = cv2.merge([veil[part]] * 3)
    dry = cv2.multiply(image[part], cv2.bitwise_not(over), scale=1 / 255)
    image[part] = cv2.add(dry, cv2.multiply(surface[part], over, scale=1 / 255))


def waded(sprite: Sprite, level_cm: float) -> Sprite:
    """The sprite without what stands under the water."""
    left = cv2.bitwise_not(cv2.LUT(depth_cm(sprite.height, level_cm), VEIL))
    if left.min() == 255:
        return sprite
    colour = cv2.multiply(sprite.colour, cv2.merge([left] * 3), scale=1 / 255)
    alpha = cv2.multiply(sprite.alpha, left, scale=1 / 255)
    return replace(sprite, colour=np.asarray(colour, np.uint8), alpha=np.asarray(alpha, np.uint8))


def under_water(heights: Image, level_cm: float) -> npt.NDArray[np.bool_]:
    """Where the water's surface is what one sees."""
    return np.asarray(depth_cm(heights, level_cm) > 0)
