"""What people leave behind, as meshes: a tied bag, and a pile of bags, boxes, bottles and wrappers that grows."""

import math

import numpy as np

from siaga_sim.scene.meshes.mesh import Colour, Mesh, ball, box, from_quads, joined, tube

BAGS: tuple[Colour, ...] = (
    (0.04, 0.04, 0.045), (0.05, 0.05, 0.06), (0.86, 0.87, 0.88), (0.78, 0.80, 0.83), (0.75, 0.12, 0.12),
    (0.15, 0.35, 0.70), (0.92, 0.92, 0.90), (0.10, 0.42, 0.25), (0.85, 0.65, 0.15), (0.06, 0.06, 0.06),
)  # fmt: skip
SCRAPS: tuple[Colour, ...] = (
    (0.93, 0.93, 0.92), (0.85, 0.10, 0.10), (0.15, 0.30, 0.75), (0.95, 0.80, 0.15), (0.15, 0.55, 0.25),
    (0.60, 0.45, 0.30), (0.88, 0.88, 0.90), (0.90, 0.45, 0.10), (0.45, 0.33, 0.22), (0.70, 0.72, 0.75),
)  # fmt: skip
CARDBOARD: Colour = (0.62, 0.47, 0.31)


def _tint(colour: Colour, mesh: Mesh, dice: np.random.Generator, spread: float = 0.2) -> Mesh:
    mesh.colours[:] = np.clip(np.asarray(colour) * (1 + dice.uniform(-spread, spread, (len(mesh.colours), 1))), 0, 1)
    return mesh


def bag(colour: Colour, size_m: float, dice: np.random.Generator) -> Mesh:
    """A crumpled, knotted plastic bag standing on the ground."""
    crumple = dice.uniform(0.78, 1.12, (10, 13))
    height = size_m * dice.uniform(0.75, 1.0)
    body = ball(
        (0, 0, height * 0.42),
        (size_m * 0.5, size_m * 0.45, height * 0.46),
        colour,
        gloss=0.8,
        rings=9,
        sides=13,
        crumple=crumple,
    )
    body.points[:, 2] = np.maximum(body.points[:, 2], 0.0)
    knot = tube(
        [(0, 0, height * 0.78), (0.01, 0, height * 0.92), (0.04, 0.02, height * 1.08)],
        (size_m * 0.16, size_m * 0.04, size_m * 0.10), colour, sides=7, gloss=0.6,
    )  # fmt: skip
    return joined([_tint(colour, body, dice), _tint(colour, knot, dice)])


def _carton(dice: np.random.Generator) -> Mesh:
    a, b, c = dice.uniform(0.2, 0.5, 3)
    carton = box((-a / 2, a / 2), (-b / 2, b / 2), (0, c * 0.7), CARDBOARD)
    return _tint(CARDBOARD, carton, dice, 0.25).tilted(float(dice.uniform(-25, 25)), 0)


def _bottle(dice: np.random.Generator) -> Mesh:
    colour = [(0.75, 0.85, 0.90), (0.35, 0.60, 0.35), (0.80, 0.90, 0.95)][int(dice.integers(3))]
    return tube(
        [(0, -0.14, 0.045), (0, 0.06, 0.045), (0, 0.11, 0.045), (0, 0.16, 0.045)],
        (0.042, 0.042, 0.016, 0.016),
        colour,
        gloss=1.0,
    )


def _scrap(dice: np.random.Generator) -> Mesh:
    """A wrapper, paper or leaf of plastic lying crumpled."""
    n = 3
    size = dice.uniform(0.06, 0.22, 2)
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n)), -1) * size
    z = dice.uniform(0.005, 0.09, (n, n))
    points = np.concatenate([grid + dice.uniform(-0.03, 0.03, grid.shape), z[..., None]], -1).reshape(-1, 3)
    quads = [
        (i * n + j, i * n + j + 1, (i + 1) * n + j + 1, (i + 1) * n + j) for i in range(n - 1) for j in range(n - 1)
    ]
    colour = SCRAPS[int(dice.integers(len(SCRAPS)))]
    return _tint(colour, from_quads(points, quads, colour, gloss=0.4, two_sided=True), dice, 0.3)


def pile(seed: int, size: float) -> Mesh:
    """A trash pile; `size` 0..1 from a bag with some scraps to a pile two and a half metres wide.

    The same seed keeps its things while it grows.
    """
    dice = np.random.default_rng(seed)
    kinds = ["bag", "scrap", "scrap", "bottle", "scrap", "bag", "carton", "scrap", "scrap", "bag"]
    things: list[Mesh] = []
    count = 8 + round(92 * size)
    for index in range(count):
        own = np.random.default_rng((seed, index))
        angle, far = own.uniform(0, 2 * math.pi), math.sqrt(own.uniform(0, 1))
        reach = 0.30 + 0.95 * min(1.0, index / 100)
        x, y = math.cos(angle) * far * reach * 1.25, math.sin(angle) * far * reach * 0.75
        trash_pile = max(0.0, 0.5 * min(1.0, index / 70) * (1 - far) ** 1.2)
        things.append(_thing(kinds[index % len(kinds)], own).placed(x, y, float(own.uniform(0, 360)), trash_pile))
    turn = float(dice.uniform(0, 360))
    return joined(things).placed(0, 0, turn if size < 0.2 else turn % 40 - 20)


def _thing(kind: str, dice: np.random.Generator) -> Mesh:
    match kind:
        case "bag":
            return bag(BAGS[int(dice.integers(len(BAGS)))], float(dice.uniform(0.35, 0.65)), dice)
        case "carton":
            return _carton(dice)
        case "bottle":
            return _bottle(dice)
        case _:
            return _scrap(dice)
