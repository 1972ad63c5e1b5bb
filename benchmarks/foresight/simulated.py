"""Rivers that are simulated hour by hour with another form than the forecast's own, one for each regime.

Water runs off two catchments through a store that fills up, down a reach of nonlinear stores (a diffusive wave: the
fuller, the faster, unlike the sums of the forecast), to a gauge whose level is a power of its flow. A tide raises it
from below, a gate is worked by a rule with hysteresis, a cloudburst falls below the last gauge upstream, a sensor
drifts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siaga_cloud.forecast.learning.series import Array, River

HOURS = 24 * 150
JUDGED_FROM = 24 * 90
REGIMES = ("rain", "tide", "gate", "cloudburst", "sensor drift")
SEED = 20240
STORES = 6
NOISE_CM = 1.0
LOST_SHARE = 0.02
DRIFT_CM_PER_DAY = 0.4
GATE_OPENS_CM, GATE_SHUTS_CM = 260.0, 210.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A river as its gauges report it, and the true level at the gauge that is judged."""

    regime: str
    river: River
    true_cm: Array


def simulated(regime: str, *, seed: int = SEED) -> Simulated:
    """The river of a regime; the same each time for the same seed."""
    chance = np.random.default_rng(seed + REGIMES.index(regime))
    hills, town = _rain(chance, storms=45, peak=22.0), _rain(chance, storms=30, peak=6.0)
    upper = _runoff(hills, hours=5.0)
    flow = _routed(upper) + _runoff(town, hours=3.0)
    sea = _tide(chance)
    true = _REGIMES.get(regime, _free)(flow, sea, chance)
    read = true + (_drift(chance) if regime == "sensor drift" else 0.0)
    river = River(
        step_seconds=3600,
        began_at=1_700_000_000.0 // 3600 * 3600,
        level_cm=_read(read, chance),
        upstream={"upper": _read(_level(upper), chance)},
        rain={"hills": hills} if regime in ("rain", "cloudburst") else {},
    )
    return Simulated(
        regime=regime, river=replace(river, tide={"sea": sea}) if regime == "tide" else river, true_cm=true
    )


def _rain(chance: np.random.Generator, *, storms: int, peak: float) -> Array:
    """Millimetres an hour: storms of some hours, most of them small."""
    rain = np.zeros(HOURS)
    for start in chance.integers(0, HOURS - 12, storms):
        length = int(chance.integers(2, 9))
        rain[start : start + length] += chance.gamma(1.2, peak / 2) * np.sin(np.pi * (np.arange(length) + 0.5) / length)
    return rain


def _runoff(rain: Array, *, hours: float) -> Array:
    """A wetter ground sheds a larger share; what it sheds leaves a store whose outflow grows with its square."""
    flow, wetness, store = np.zeros(HOURS), 0.2, 5.0
    for hour, millimetres in enumerate(rain):
        wetness = min(1.0, wetness * 0.985 + millimetres / 120)
        store += millimetres * (0.15 + 0.7 * wetness) * 4 + 0.5
        out = min(store, (store / (6 * hours)) ** 1.6 + store / (20 * hours))
        store, flow[hour] = store - out, out
    return flow


def _routed(flow: Array) -> Array:
    """Through a chain of stores whose water moves the faster the more there is."""
    stores, out = np.full(STORES, 3.0), np.zeros(HOURS)
    for hour, inflow in enumerate(flow):
        for place in range(STORES):
            stores[place] += inflow
            rate = np.clip(0.25 + 0.03 * stores[place] ** 0.5, 0.0, 0.9)
            inflow = rate * stores[place]
            stores[place] -= inflow
        out[hour] = inflow
    return out


def _level(flow: Array) -> Array:
    level: Array = 80 + 55 * np.maximum(flow, 0.0) ** 0.55
    return level


def _tide(chance: np.random.Generator) -> Array:
    hours = np.arange(HOURS, dtype=np.float64)
    surge = np.convolve(chance.normal(0, 1, HOURS), np.exp(-np.arange(96) / 24))[:HOURS]
    tide: Array = 45 * np.sin(2 * np.pi * hours / 12.4206) + 25 * np.sin(2 * np.pi * hours / 25.8193) + 2.0 * surge
    return tide


def _free(flow: Array, _sea: Array, _chance: np.random.Generator) -> Array:
    return _level(flow)


def _backwater(flow: Array, sea: Array, _: np.random.Generator) -> Array:
    """The lower the river, the more of the tide is seen, an hour late."""
    level = _level(flow)
    late = np.concatenate([sea[:1], sea[:-1]])
    raised: Array = level + np.exp(-(level - 80) / 250) * 0.8 * (late + 60)
    return raised


def _gated(flow: Array, _: Array, chance: np.random.Generator) -> Array:
    """A gate that is opened above one level and shut below another, by people who come up to two hours late."""
    level, is_open, held, wait = _level(flow), False, np.zeros(HOURS), 0
    stored = level[0]
    for hour, free in enumerate(level):
        wanted = stored > GATE_OPENS_CM if not is_open else stored > GATE_SHUTS_CM
        if wanted != is_open:
            wait = wait - 1 if wait > 0 else int(chance.integers(0, 3))
            is_open = wanted if wait == 0 else is_open
        target = free - 35 if is_open else free + 40
        stored += 0.45 * (target - stored)
        held[hour] = stored
    return held


def _bursts(flow: Array, _: Array, chance: np.random.Generator) -> Array:
    """Rain that no gauge upstream sees, short and hard."""
    return _level(flow + _runoff(_rain(chance, storms=25, peak=45.0), hours=2.0))


def _drift(chance: np.random.Generator) -> Array:
    """A sensor that silts up from the 60th day on, and is cleaned on the 120th."""
    days = np.arange(HOURS) / 24
    drift: Array = np.where((days > 60) & (days < 120), (days - 60) * DRIFT_CM_PER_DAY, 0.0)
    return drift + chance.normal(0, 0.5, HOURS)


def _read(level: Array, chance: np.random.Generator) -> Array:
    """With noise, and now and then not at all."""
    noisy = level + chance.normal(0, NOISE_CM, HOURS)
    read: Array = np.where(chance.random(HOURS) < LOST_SHARE, np.nan, np.round(noisy))
    return read


_REGIMES: dict[str, Callable[[Array, Array, np.random.Generator], Array]] = {
    "tide": _backwater,
    "gate": _gated,
    "cloudburst": _bursts,
}
