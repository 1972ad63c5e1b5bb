"""Who can appear: every kind of vehicle, person and trash as a model with its labelled parts, built once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from siaga_sim.scene.meshes import cars, lorries, riders, trash
from siaga_sim.scene.meshes.mesh import Colour, Mesh, joined

PAINTS: tuple[Colour, ...] = (
    (0.86, 0.86, 0.85), (0.09, 0.09, 0.10), (0.52, 0.54, 0.56), (0.36, 0.07, 0.08), (0.30, 0.32, 0.35),
    (0.80, 0.80, 0.78), (0.12, 0.22, 0.45), (0.45, 0.40, 0.33),
)  # fmt: skip
CLOTHES: tuple[Colour, ...] = (
    (0.75, 0.72, 0.68), (0.15, 0.35, 0.25), (0.20, 0.28, 0.55), (0.70, 0.15, 0.15), (0.15, 0.15, 0.16),
    (0.80, 0.65, 0.20), (0.10, 0.45, 0.20), (0.55, 0.30, 0.45),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = ((0.12, 0.14, 0.22), (0.10, 0.10, 0.11), (0.30, 0.27, 0.22), (0.22, 0.26, 0.36))
LOADS: tuple[Colour, ...] = ((0.15, 0.30, 0.60), (0.82, 0.42, 0.10), (0.75, 0.75, 0.73), (0.20, 0.40, 0.28))
BANDS: tuple[Colour, ...] = ((0.10, 0.30, 0.65), (0.75, 0.15, 0.12), (0.10, 0.45, 0.30))

LABEL = {
    "hatchback": "car", "sedan": "car", "mpv": "car", "suv": "car", "minivan": "car", "pickup": "truck",
    "truck": "truck", "tarp_truck": "truck", "bus": "bus", "bus2": "bus",
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A mesh and its labelled parts (a scooter is a motorcycle and a person)."""

    mesh: Mesh
    parts: tuple[tuple[str, Mesh], ...]


def _model(*parts: tuple[str, Mesh]) -> Model:
    return Model(joined([m for _, m in parts]), parts)


def _pick(palette: tuple[Colour, ...], variant: int, turn: int = 0) -> Colour:
    return palette[(variant + turn * 3) % len(palette)]


def _hex(colour: str) -> Colour:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return r, g, b


@lru_cache(maxsize=256)
def vehicle(kind: str, variant: int, colour: str | None = None) -> Model:
    """A vehicle by kind; `variant` picks its colours unless one is given."""
    paint = _hex(colour) if colour else _pick(PAINTS, variant)
    match kind:
        case "bus":
            return _model(("bus", lorries.bus(_hex(colour) if colour else (0.88, 0.88, 0.86), _pick(BANDS, variant))))
        case "bus2":
            return _model(
                ("bus", lorries.bus(_hex(colour) if colour else _pick(BANDS, variant), (0.85, 0.85, 0.85), 9.0))
            )
        case "truck":
            return _model(("truck", lorries.truck(paint, _pick(LOADS, variant))))
        case "tarp_truck":
            return _model(("truck", lorries.truck(_pick(LOADS, variant, 1), _pick(LOADS, variant), covered=False)))
        case "pickup":
            return _model(("truck", lorries.pickup(paint)))
        case "scooter":
            rider = riders.rider(_pick(CLOTHES, variant), _pick(TROUSERS, variant), _pick(PAINTS, variant, 1))
            return _model(("motorcycle", riders.parked_scooter(paint)), ("person", rider))
        case "empty_scooter":
            return _model(("motorcycle", riders.parked_scooter(paint)))
        case "bicycle":
            cyclist = riders.cyclist(_pick(CLOTHES, variant), _pick(TROUSERS, variant))
            return _model(("bicycle", riders.bicycle(paint)), ("person", cyclist))
        case _:
            return _model(("car", cars.car(kind, paint)))


@lru_cache(maxsize=256)
def walker(variant: int, stride_sixth: int, carrying: int | None = None) -> Model:
    """A person in one of six phases of the step, perhaps with a bag."""
    load = None if carrying is None else trash.BAGS[carrying % len(trash.BAGS)]
    mesh = riders.person(_pick(CLOTHES, variant), _pick(TROUSERS, variant), stride=stride_sixth / 6, carrying=load)
    return _model(("person", mesh))


@lru_cache(maxsize=64)
def trash_model(seed: int, tenths: int) -> Model:
    """A trash pile of a size in tenths."""
    return _model(("trash", trash.pile(seed, tenths / 10)))


def dice_for(*numbers: int) -> np.random.Generator:
    """Chance that depends on nothing but these numbers."""
    return np.random.default_rng(numbers)
