"""Things that stand beside the street, as meshes: trees, lamp posts, railings, stalls, a sluice gate, a bridge."""

import math

import numpy as np

from siaga_sim.scene.meshes.mesh import Colour, Mesh, ball, box, from_quads, joined, loft, tube
from siaga_sim.scene.presets import KERB_M, Row

TRUNK: Colour = (0.30, 0.24, 0.18)
CONCRETE: Colour = (0.58, 0.57, 0.54)
STEEL: Colour = (0.42, 0.44, 0.45)


def prop_meshes(row: Row, seed: int) -> list[tuple[float, Mesh]]:
    """The meshes of a row with their distance along the street."""
    dice = np.random.default_rng(seed)
    match row.kind:
        case "trees":
            return [
                (y, tree(dice).placed(row.x_m + float(dice.uniform(-0.5, 0.5)), y, 0, KERB_M))
                for y in _every(row, dice, 5, 13)
            ]
        case "poles":
            return [
                (y, pole().placed(row.x_m, y, 90 if row.x_m < 0 else -90, KERB_M)) for y in _every(row, dice, 22, 26)
            ]
        case "rail":
            return [(y, rail(4.0).placed(row.x_m, y, 0, KERB_M)) for y in np.arange(row.from_m, row.to_m, 4.0).tolist()]
        case "stalls":
            return [(y, stall(dice).placed(row.x_m, y, 0, KERB_M)) for y in _every(row, dice, 3.4, 5.5)]
        case "gate":
            return [(row.from_m, sluice().placed(row.x_m, row.from_m))]
        case "bridge":
            return [(row.from_m, bridge(row.x_m, row.to_m - row.from_m).placed(0, row.from_m))]
        case _:
            raise ValueError(f"no such row: {row.kind!r}")


def _every(row: Row, dice: np.random.Generator, least: float, most: float) -> list[float]:
    places, y = [], row.from_m
    while y < row.to_m:
        places.append(y)
        y += float(dice.uniform(least, most))
    return places


def tree(dice: np.random.Generator) -> Mesh:
    """A street tree: a trunk and a crown of leaf clumps."""
    tall = float(dice.uniform(4.5, 7.5))
    parts = [tube([(0, 0, 0), (0.05, 0, tall * 0.35), (0, 0.1, tall * 0.62)], (0.16, 0.12, 0.08), TRUNK)]
    heart = (0.0, 0.0, tall * 0.72)
    for _ in range(9):
        at = np.asarray(heart) + dice.normal(0, 1, 3) * tall * (0.10, 0.10, 0.07)
        parts.append(ball(at.tolist(), (tall * 0.10,) * 3, (0.06, 0.12, 0.05), rings=5, sides=8))
    parts.append(_leaves(dice, heart, tall))
    return joined(parts)


def _leaves(dice: np.random.Generator, heart: tuple[float, float, float], tall: float, count: int = 1500) -> Mesh:
    """Sprays of leaves in lumps around the heart of the crown, darker inside and below."""
    lumps = dice.normal(0, 1, (14, 3)) * (0.15, 0.15, 0.11) * tall + heart
    centre = lumps[dice.integers(14, size=count)] + dice.normal(0, 1, (count, 3)) * 0.065 * tall
    a, b = dice.normal(0, 1, (2, count, 3))
    a *= (dice.uniform(0.08, 0.2, (count, 1)) * tall / 6) / np.linalg.norm(a, axis=1, keepdims=True)
    b *= (dice.uniform(0.06, 0.16, (count, 1)) * tall / 6) / np.linalg.norm(b, axis=1, keepdims=True)
    points = np.stack([centre - a, centre - b, centre + a, centre + b], 1)
    high = np.clip((centre[:, 2] - heart[2]) / (0.25 * tall) * 0.5 + 0.5, 0, 1)
    shade = (0.45 + 0.75 * high) * dice.uniform(0.6, 1.3, count)
    tint = np.stack([0.22 * shade, 0.38 * shade, 0.12 * shade], 1)
    quads = np.arange(count * 4).reshape(-1, 4)
    return from_quads(points, quads, np.clip(tint, 0, 1), two_sided=True)


def pole() -> Mesh:
    """A street lamp, its arm along +y."""
    arm = [(0, 0, 0), (0, 0, 7.0), (0, 0.5, 7.8), (0, 1.8, 8.0)]
    return joined(
        [tube(arm, (0.09, 0.07, 0.05, 0.04), STEEL, sides=6), box((-0.12, 0.12), (1.6, 2.3), (7.92, 8.05), STEEL)]
    )


def rail(length: float) -> Mesh:
    """A length of railing along +y."""
    parts = [box((-0.03, 0.03), (0, length), (z, z + 0.06), (0.62, 0.63, 0.60)) for z in (0.45, 0.95)]
    parts += [box((-0.05, 0.05), (y, y + 0.1), (0, 1.02), (0.55, 0.55, 0.50)) for y in (0.0, length / 2)]
    return joined(parts)


def stall(dice: np.random.Generator) -> Mesh:
    """A market stall: four posts, a table with goods, a coloured awning."""
    tints: tuple[Colour, ...] = (
        (0.15, 0.35, 0.65),
        (0.75, 0.20, 0.15),
        (0.15, 0.45, 0.30),
        (0.85, 0.62, 0.15),
        (0.5, 0.5, 0.52),
    )
    awning = tints[int(dice.integers(len(tints)))]
    parts = [box((x, x + 0.06), (y, y + 0.06), (0, 2.2), STEEL) for x in (-0.9, 0.9) for y in (-1.3, 1.3)]
    parts.append(box((-0.8, 0.8), (-1.2, 1.2), (0.0, 0.78), (0.42, 0.33, 0.24)))
    for x in np.arange(-0.65, 0.7, 0.3):
        for y in np.arange(-1.05, 1.1, 0.35):
            tint = tuple(float(v) for v in dice.uniform(0.15, 0.75, 3) * (1.0, 0.8, 0.45))
            parts.append(
                box(
                    (float(x) - 0.12, float(x) + 0.12),
                    (float(y) - 0.14, float(y) + 0.14),
                    (0.78, 0.78 + float(dice.uniform(0.05, 0.16))),
                    tint,
                )
            )
    sag = np.array(
        [
            [[x, y, 2.2 + 0.25 * (x + 1.2) / 2.4 - 0.08 * math.cos(y)] for x in (-1.2, 0.0, 1.2)]
            for y in np.linspace(-1.5, 1.5, 6)
        ]
    )
    rings = np.concatenate([sag, sag[:, ::-1] - np.array([0, 0, 0.04])], 1)
    parts.append(loft(rings[::-1], awning))
    return joined(parts)


def sluice() -> Mesh:
    """A sluice: piers in the water, a beam over them, steel gates between."""
    parts = [box((-x - 0.6, -x + 0.6), (0, 5), (-2.6, 5.4), CONCRETE) for x in (1.0, 5.0, 9.0, 13.0)]
    parts.append(box((-14.2, 0.2), (0.5, 4.0), (5.4, 6.4), (0.66, 0.64, 0.58)))
    parts += [box((-x - 3.4, -x - 0.6), (1.0, 1.3), (-1.4, 2.4), (0.20, 0.33, 0.45)) for x in (1.0, 5.0, 9.0)]
    parts += [
        box((-x - 3.4, -x - 0.6), (0.9, 1.0), (z, z + 0.15), STEEL) for x in (1.0, 5.0, 9.0) for z in (-0.9, 0.2, 1.3)
    ]
    return joined(parts)


def bridge(half_width: float, deep: float) -> Mesh:
    """A road bridge across the street with walls down to the ground on both sides."""
    wide = half_width + 40
    parts = [
        box((-wide, wide), (0, deep), (5.0, 6.3), CONCRETE),
        box((-wide, wide), (-0.25, 0.05), (6.3, 7.2), (0.70, 0.69, 0.66)),
    ]
    for side in (-1.0, 1.0):
        limits = sorted((side * half_width, side * wide))
        parts.append(box((limits[0], limits[1]), (0, deep), (0, 5.0), (0.50, 0.49, 0.47)))
    parts.append(box((-3.4, 3.4), (-0.35, -0.25), (5.2, 6.0), (0.12, 0.36, 0.22), bias_m=1.0))
    return joined(parts)
