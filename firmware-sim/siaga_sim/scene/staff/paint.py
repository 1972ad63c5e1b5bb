"""The surfaces of a riverside: an enamelled staff with its graduations, the quay's wall, dirt and the wet band."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.raster import Image
from siaga_sim.scene.texture import cloud

TEXELS_PER_CM = 8
INKS = {"black": (28.0, 26.0, 24.0), "red": (40.0, 36.0, 190.0), "blue": (150.0, 70.0, 30.0)}
_PLATES = {"white": (232.0, 236.0, 238.0), "yellow": (70.0, 205.0, 235.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPlate:
    """How a staff is painted; levels in cm over the gauge's zero."""

    low_cm: float = -40.0
    high_cm: float = 320.0
    width_cm: float = 16.0
    ink: str = "black"
    plate: str = "white"
    dirt: float = 0.3


def painted(plate: StaffPlate, seed: int) -> FloatArray:
    """The staff's face, top row first, BGR; blocks of E every 5 cm, a digit each 10 cm."""
    px = TEXELS_PER_CM
    height, width = round((plate.high_cm - plate.low_cm) * px), round(plate.width_cm * px)
    face = np.empty((height, width, 3), np.uint8)
    face[:] = _PLATES[plate.plate]
    ink = INKS[plate.ink]
    for cm in range(int(plate.low_cm), int(plate.high_cm)):
        top = round((plate.high_cm - cm - 1) * px)
        _graduation(face[top : top + px], cm, ink)
        if cm % 10 == 0:
            _digits(face, cm, top, ink)
    cv2.rectangle(face, (0, 0), (width - 1, height - 1), ink, 2)
    return _dirtied(np.asarray(face, np.float32), plate, np.random.default_rng(seed + 71))


def _graduation(row: Image, cm: int, ink: tuple[float, float, float]) -> None:
    width = row.shape[1]
    is_left = (cm // 5) % 2 == 0
    reach = 0.42 if cm % 5 in (0, 2, 4) else 0.12  # the back of the E and its three bars
    columns = slice(0, round(width * reach)) if is_left else slice(width - round(width * reach), width)
    row[:, columns] = ink


def _digits(face: Image, cm: int, top: int, ink: tuple[float, float, float]) -> None:
    width, px = face.shape[1], TEXELS_PER_CM
    text = f"{abs(cm) // 10 % 10}"
    left = round(width * (0.56 if (cm // 5) % 2 == 0 else 0.12))
    cv2.putText(face, text, (left, top + px), cv2.FONT_HERSHEY_SIMPLEX, px * 0.22, ink, max(2, px // 2), cv2.LINE_AA)
    if cm % 100 == 0:
        cv2.rectangle(face, (round(width * 0.45), top), (round(width * 0.55), top + px), INKS["red"], -1)


def _dirtied(face: FloatArray, plate: StaffPlate, dice: np.random.Generator) -> FloatArray:
    height, width = face.shape[:2]
    small = (max(8, height // 16), max(4, width // 16))
    lumps = cv2.resize(cloud(dice, small, 12), (width, height), interpolation=cv2.INTER_CUBIC)
    cm = plate.high_cm - np.arange(height, dtype=np.float32) / TEXELS_PER_CM
    # Mud settles where the water often stands, and streaks down from rivets.
    usual = float(dice.uniform(20, 110))
    settled = np.exp(-np.maximum(0, cm - usual) / 35.0)[:, None]
    amount = np.clip(plate.dirt * (0.25 + 0.9 * settled) * (1 + 0.7 * lumps), 0, 0.85)[..., None]
    mud = np.array([62.0, 92.0, 108.0], np.float32) * float(dice.uniform(0.7, 1.1))
    return np.asarray(face * (1 - amount) + mud * amount, np.float32)


def wall_face(height_px: int, width_px: int, seed: int) -> FloatArray:
    """Stained concrete, 24 texels a metre."""
    dice = np.random.default_rng(seed + 5)
    shade = 128 + 12 * cloud(dice, (height_px, width_px), 40) + 5 * cloud(dice, (height_px, width_px), 4, 2)
    streaks = cv2.resize(dice.normal(0, 1, (2, width_px // 5)).astype(np.float32), (width_px, height_px))
    shade -= 9 * np.maximum(streaks, 0)
    for row in range(20, height_px, 58):
        shade[row : row + 1] -= 24
    tint = np.array([0.88, 0.96, 1.0], np.float32) * float(dice.uniform(0.75, 1.15))
    return np.asarray(np.clip(shade, 20, 240)[..., None] * tint, np.float32)
