"""Storms by seed on the simulated Ciliwung: Katulampa, Depok, Manggarai, as their gauges would tell it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from siaga_sim.city import load_city
from siaga_sim.river import Cloudburst, River

GAUGES = ("katulampa", "depok", "manggarai")
CATCHMENTS = ("puncak", "bogor", "jakarta-selatan")
STORM_HOURS = 60
STEP_MINUTES = 10
NOISE_CM = 1.0
LOST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Storm:
    """Levels each ten minutes: the true ones, and as they were read (noise, some not at all)."""

    true_cm: dict[str, list[float]]
    read_cm: dict[str, list[float | None]]


def storm(seed: int) -> Storm:
    """One or two spells of rain over two and a half days; where, when, how long and how hard by seed."""
    dice = random.Random(seed)
    bursts = [
        _burst(dice, catchment, begins)
        for begins in [dice.uniform(1, 10), *([dice.uniform(12, 30)] if dice.random() < 0.4 else [])]
        for catchment in CATCHMENTS
        if dice.random() < 0.75
    ]
    river = River(load_city("jakarta").network(), tuple(bursts), hours=STORM_HOURS)
    true = {name: [float(one) for one in river.level_series(name)[::STEP_MINUTES]] for name in GAUGES}
    return Storm(true, {name: [_read(dice, level) for level in levels] for name, levels in true.items()})


def _burst(dice: random.Random, catchment: str, begins: float) -> Cloudburst:
    return Cloudburst(
        on=(catchment,),
        starts_hour=begins + dice.uniform(0, 3),
        hours=dice.uniform(1.0, 6.0),
        peak_mm_per_hour=dice.uniform(3, 45),
    )


def _read(dice: random.Random, level: float) -> float | None:
    return None if dice.random() < LOST_SHARE else round(level + dice.gauss(0, NOISE_CM), 1)
