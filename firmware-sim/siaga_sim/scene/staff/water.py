"""The surface of a river: its waves at any place and time, its muddy body, and what floats on it."""

from __future__ import annotations

import cv2
import numpy as np

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.staff.presets import Riverside
from siaga_sim.scene.texture import Noise

_MUD = (86.0, 118.0, 132.0)
_G = 9.81


class Waves:
    """A sum of waves of the lengths that wind and current make on a river; `strength` and `rain` are 0..1.

    `dark` is water in infrared light, most of which it swallows.
    """

    def __init__(self, seed: int, strength: float, rain: float, *, dark: bool) -> None:
        dice = np.random.default_rng(seed + 31)
        lengths = np.array([0.12, 0.19, 0.3, 0.47, 0.8, 1.5])
        turns = dice.uniform(-1.2, 1.2, len(lengths)) + dice.choice([0, np.pi])
        number = 2 * np.pi / lengths
        self._kx, self._ky = number * np.cos(turns), number * np.sin(turns)
        self._speed = np.sqrt(_G * number)
        self._phase = dice.uniform(0, 2 * np.pi, len(lengths))
        steep = (0.012 + 0.085 * strength) * dice.uniform(0.6, 1.2, len(lengths))
        self._height = steep / number
        self._noise, self._rain = Noise(seed + 3), rain
        self._mud = np.asarray(_MUD, np.float32) * float(dice.uniform(0.6, 1.15)) * (0.45 if dark else 1.0)

    def height_m(self, x: FloatArray, y: FloatArray, at: float) -> FloatArray:
        """The surface over the still level."""
        total = np.zeros_like(x)
        for kx, ky, speed, phase, height in self._parts():
            total += height * np.sin(kx * x + ky * y - speed * at + phase)
        return np.asarray(total, np.float32)

    def slopes(self, x: FloatArray, y: FloatArray, at: float) -> tuple[FloatArray, FloatArray]:
        """Its slope along x and y."""
        along, across = np.zeros_like(x), np.zeros_like(x)
        for kx, ky, speed, phase, height in self._parts():
            turn = height * np.cos(kx * x + ky * y - speed * at + phase)
            along += kx * turn
            across += ky * turn
        if self._rain:  # rings of drops, new in each frame
            shift = 61.7 * at
            along += 0.09 * self._rain * self._noise.at(x + shift, y, 0.04)
            across += 0.09 * self._rain * self._noise.at(x, y + shift, 0.04, 1)
        return np.asarray(along, np.float32), np.asarray(across, np.float32)

    def body(self, x: FloatArray, y: FloatArray, at: float) -> FloatArray:
        """What the water itself scatters back; clouds of mud drift with the current."""
        drift = 0.35 * at
        lumps = 5 * self._noise.at(x - drift, y, 0.9) + 3 * self._noise.at(x - drift, y, 0.2, 1)
        return np.asarray(self._mud + lumps[..., None], np.float32)

    def _parts(self) -> list[tuple[float, float, float, float, float]]:
        return list(
            zip(*(each.tolist() for each in (self._kx, self._ky, self._speed, self._phase, self._height)), strict=True)
        )


def floating(
    image: FloatArray, camera: Camera, site: Riverside, level_m: float, at: float, *, number: int, seed: int
) -> None:
    """Leaves, bottles and bags that drift by in front of the staff, some of them caught at it; drawn in place."""
    dice = np.random.default_rng(seed + 17)
    for each in range(number):
        start, speed = dice.uniform(-3, 3), dice.uniform(0.05, 0.4)
        y = site.staff_y_m - dice.uniform(0.02, 1.2)
        size, tone = dice.uniform(0.02, 0.07), dice.uniform(30, 225, 3)
        caught = each == 0
        x = site.staff_x_m + (0.05 if caught else (start + speed * at + 3) % 6 - 3)
        y = site.staff_y_m - 0.04 if caught else y
        here = camera.project(np.array([[x, y, level_m], [x + size, y, level_m + 0.4 * size]], np.float32))
        reach = float(abs(here[1, 0] - here[0, 0]))
        centre = (round(float(here[0, 0]) * 16), round(float(here[0, 1]) * 16))
        axes = (max(8, round(reach * 16)), max(8, round(reach * 6)))
        cv2.ellipse(image, centre, axes, dice.uniform(-15, 15), 0, 360, tuple(tone.tolist()), -1, cv2.LINE_AA, 4)
