"""Rows of houses, shops and offices along a street, as upright textured faces."""

from dataclasses import dataclass

import numpy as np

from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.presets import Row
from siaga_sim.scene.texture import cloud, facade


@dataclass(frozen=True)
class Quad:
    """A textured upright face: corners bottom left, bottom right, top right, top left."""

    corners: FloatArray
    texture: FloatArray


def fronts(row: Row, seed: int, hue: float) -> list[tuple[float, Quad]]:
    """The faces of a row of houses with their distance along the street."""
    dice = np.random.default_rng(seed)
    quads: list[tuple[float, Quad]] = []
    y = row.from_m
    while y < row.to_m:
        wide = float(dice.uniform(5, 9)) if row.kind != "offices" else float(dice.uniform(14, 26))
        wide = wide if row.kind != "wall" else row.to_m - row.from_m
        storeys = int(dice.integers(row.storeys[0], row.storeys[1] + 1))
        setback = float(dice.uniform(0, 0.8)) if row.kind != "wall" else 0.0
        quads += _house(row, dice, y, wide, storeys, setback, hue)
        y += wide + (float(dice.uniform(0, 0.4)) if row.kind != "offices" else float(dice.uniform(2, 9)))
    return quads


def _house(
    row: Row, dice: np.random.Generator, y: float, wide: float, storeys: int, setback: float, hue: float
) -> list[tuple[float, Quad]]:
    away = 1.0 if row.x_m > 0 else -1.0
    x0, x1 = row.x_m + away * setback, row.x_m + away * (setback + (9.0 if row.kind != "offices" else 18.0))
    high = storeys * 3.4 if row.kind != "wall" else 4.6
    side = _wall_face(dice, wide, high) if row.kind == "wall" else facade(dice, row.kind, wide, storeys, hue)
    along = np.array([[x0, y, 0], [x0, y + wide, 0], [x0, y + wide, high], [x0, y, high]], np.float32)
    if away > 0:
        along = along[[1, 0, 3, 2]]
        side = side[:, ::-1]
    quads = [(y + wide / 2, Quad(along, side * (1.0 if away > 0 else 0.88)))]
    if row.kind != "wall":
        left, right = sorted((x0, x1))
        end = np.array([[left, y, 0], [right, y, 0], [right, y, high], [left, y, high]], np.float32)
        flank = facade(dice, "offices" if row.kind == "offices" else "houses", right - left, storeys, hue)
        flank = flank * (side.mean((0, 1)) / flank.mean((0, 1))) * 0.92
        quads.append((y, Quad(end, np.clip(flank, 4, 245).astype(np.float32))))
        roof = [left - 0.3, right + 0.3]
        tiles = np.array([62.0, 78, 140]) if row.kind == "houses" else np.array([120.0, 122, 124])
        top = np.array(
            [
                [roof[0], y - 0.2, high],
                [roof[1], y - 0.2, high],
                [roof[1], y + wide, high + 0.1],
                [roof[0], y + wide, high + 0.1],
            ],
            np.float32,
        )
        texture = np.broadcast_to(tiles * dice.uniform(0.7, 1.1), (40, 40, 3)) + cloud(dice, (40, 40), 8)[..., None] * 6
        quads.append((y + 0.1, Quad(top, texture.astype(np.float32))))
    return quads


def _wall_face(dice: np.random.Generator, wide: float, high: float) -> FloatArray:
    px = 16
    face = 150 + cloud(dice, (int(high * px), int(wide * px)), 70)[..., None] * 7 * np.ones(3)
    face[:, :: int(4 * px)] *= 0.75
    face[: px // 2] *= 1.15
    face[-px:] *= 0.8
    return np.asarray(face * np.array([0.95, 0.98, 1.0]), np.float32)
