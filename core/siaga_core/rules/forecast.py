"""Water that comes: the level at a gauge some hours ahead, from what gauges upstream of it show now.

Levels are turned into something that goes like flow, (level - bed)^(5/3) (Manning for a wide channel), because what
comes down a river adds up in flow and not in level. In that measure the change to come is a weighted sum of the
changes just seen here and upstream: a distributed lag, fitted on history by `siaga_core.rules.forecast_fit`. The band
around it is made of the errors that the same model made on history it had not seen.

All series lie on one grid of `step_seconds`, oldest first; None is "not known" and never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

Series = Sequence[float | None]

RATING_POWER = 5 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A gauge that the water passes earlier, and how much earlier."""

    gauge_id: str
    lag_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a forecast looks at: the gauge, those upstream, the grid, and how far ahead it tells."""

    gauge_id: str
    upstream: tuple[Upstream, ...]
    horizons_seconds: tuple[float, ...]
    step_seconds: float = 600.0
    look_back_seconds: float = 3600.0  # between two looks at the same gauge
    own_looks: int = 3

    def __post_init__(self) -> None:
        if not self.horizons_seconds or any(later <= one for one, later in pairwise((0.0, *self.horizons_seconds))):
            raise ValueError(f"expected horizons above zero that grow, got {self.horizons_seconds}")
        for seconds in (self.look_back_seconds, *self.horizons_seconds):
            if seconds % self.step_seconds:
                raise ValueError(f"expected whole steps of {self.step_seconds:g} s, got {seconds:g} s")

    @property
    def horizon_steps(self) -> tuple[int, ...]:
        """The horizons in steps of the grid."""
        return tuple(int(seconds // self.step_seconds) for seconds in self.horizons_seconds)

    def looks(self, gauge_id: str) -> int:
        """How many looks back matter of a gauge: upstream past its lag, for the water on its way."""
        lags = {one.gauge_id: one.lag_seconds for one in self.upstream}
        if gauge_id not in lags:
            return self.own_looks
        return self.own_looks + int(-(-lags[gauge_id] // self.look_back_seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One input of the sum: the flow of a gauge now, or its change from one look to the next."""

    gauge_id: str
    look: int  # 0 = now; n = the change from look n to look n - 1
    scale: float  # divides the value, so that weights compare


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPart:
    """How far off forecasts were (5 % and 95 % of truth - forecast, cm) that said a change of up to `up_to_cm`."""

    up_to_cm: float
    low_cm: float
    high_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonModel:
    """The sum for one horizon. `skill` is 1 - its rms error / that of "stays as it is", both on unseen history."""

    horizon_seconds: float
    constant: float
    weights: tuple[float, ...]
    band: tuple[BandPart, ...]
    rms_error_cm: float
    skill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted forecast for the gauges of `slots`; beds are cm over each gauge's own zero."""

    design: Design
    beds_cm: Mapping[str, float]
    slots: tuple[Slot, ...]
    horizons: tuple[HorizonModel, ...]
    rows: int

    @property
    def uses(self) -> frozenset[str]:
        """The gauges that it needs to know."""
        return frozenset(slot.gauge_id for slot in self.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPoint:
    """The level at one moment ahead; nine of ten true levels lay between `low_cm` and `high_cm` in the past."""

    at: datetime
    level_cm: float
    low_cm: float
    high_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """When a limit is reached: most likely, and at the edges of the band; None where the band never reaches it."""

    at: datetime | None
    earliest_at: datetime
    latest_at: datetime | None


def to_flow(level_cm: float, bed_cm: float) -> float:
    """A level in the measure in which water adds up. Below the bed there is none."""
    return float(max(0.0, level_cm - bed_cm) ** RATING_POWER)


def to_level(flow: float, bed_cm: float) -> float:
    """The level of such a flow."""
    return bed_cm + float(max(0.0, flow) ** (1 / RATING_POWER))


def raw_inputs(slots: Sequence[Slot], design: Design, flows: Mapping[str, Series], index: int) -> list[float] | None:
    """The inputs of the sum at a place of the grid, before scaling; None where one is not known."""
    every = int(design.look_back_seconds // design.step_seconds)
    found: list[float] = []
    for slot in slots:
        series = flows[slot.gauge_id]
        value = _at(series, index) if slot.look == 0 else _change(series, index - (slot.look - 1) * every, every)
        if value is None:
            return None
        found.append(value / slot.scale)
    return found


def predict(model: Model, levels: Mapping[str, Series], index: int) -> list[tuple[float, float, float]] | None:
    """(level, low, high) in cm for each horizon, seen from a place of the grid; None where an input is not known."""
    flows = {gauge_id: as_flows(levels[gauge_id], model.beds_cm[gauge_id]) for gauge_id in model.uses}
    inputs = raw_inputs(model.slots, model.design, flows, index)
    now_cm = _at(levels[model.design.gauge_id], index)
    if inputs is None or now_cm is None:
        return None
    bed_cm = model.beds_cm[model.design.gauge_id]
    return [_with_band(one, level_ahead(one, inputs, now_cm, bed_cm), now_cm) for one in model.horizons]


def level_ahead(one: HorizonModel, inputs: Sequence[float], now_cm: float, bed_cm: float) -> float:
    """The level at the horizon of one sum."""
    change = one.constant + sum(weight * value for weight, value in zip(one.weights, inputs, strict=True))
    return to_level(to_flow(now_cm, bed_cm) + change, bed_cm)


def forecast(model: Model, levels: Mapping[str, Series], *, at: datetime) -> tuple[ForecastPoint, ...]:
    """The hours ahead as seen at the newest place of the grid, which is `at`. Empty where an input is not known."""
    shortest = min(len(levels[gauge_id]) for gauge_id in model.uses)
    cut = {gauge_id: levels[gauge_id][-shortest:] for gauge_id in model.uses}
    found = predict(model, cut, shortest - 1)
    if found is None:
        return ()
    return tuple(
        ForecastPoint(at=at + timedelta(seconds=one.horizon_seconds), level_cm=level, low_cm=low, high_cm=high)
        for one, (level, low, high) in zip(model.horizons, found, strict=True)
    )


def best_model(models: Sequence[Model], known: frozenset[str]) -> Model | None:
    """Of the models whose gauges are all known now, the one that uses most; the first of equals."""
    usable = [model for model in models if model.uses <= known]
    return max(usable, key=lambda model: len(model.uses), default=None)


def arrival(points: Sequence[ForecastPoint], limit_cm: float) -> Arrival | None:
    """When a limit is reached within the forecast; None where even the upper edge of the band stays below it."""
    earliest = _crossing([(point.at, point.high_cm) for point in points], limit_cm)
    if earliest is None:
        return None
    return Arrival(
        at=_crossing([(point.at, point.level_cm) for point in points], limit_cm),
        earliest_at=earliest,
        latest_at=_crossing([(point.at, point.low_cm) for point in points], limit_cm),
    )


def as_flows(levels: Series, bed_cm: float) -> list[float | None]:
    """A whole series in the measure of flow."""
    return [None if level is None else to_flow(level, bed_cm) for level in levels]


def bridged(levels: Series, *, longest: int) -> list[float | None]:
    """Gaps of up to `longest` places drawn through in a straight line; at the end the last known level is held."""
    filled = list(levels)
    known = [at for at, level in enumerate(levels) if level is not None]
    for start, end in pairwise((*known, len(filled))):
        first, last = filled[start], filled[end] if end < len(filled) else filled[start]
        if 1 < end - start <= longest + 1 and first is not None and last is not None:
            for at in range(start + 1, end):
                filled[at] = first + (last - first) * (at - start) / (end - start)
    return filled


def band_part(band: Sequence[BandPart], change_cm: float) -> BandPart:
    """The part that stands for a forecast change of this size."""
    return next((part for part in band if abs(change_cm) <= part.up_to_cm), band[-1])


def _with_band(one: HorizonModel, level_cm: float, now_cm: float) -> tuple[float, float, float]:
    part = band_part(one.band, level_cm - now_cm)
    return level_cm, level_cm + min(0.0, part.low_cm), level_cm + max(0.0, part.high_cm)


def _crossing(points: Sequence[tuple[datetime, float]], limit_cm: float) -> datetime | None:
    if points and points[0][1] >= limit_cm:
        return points[0][0]
    for (before_at, before_cm), (after_at, after_cm) in pairwise(points):
        if before_cm < limit_cm <= after_cm:
            return before_at + (after_at - before_at) * ((limit_cm - before_cm) / (after_cm - before_cm))
    return None


def _at(series: Series, index: int) -> float | None:
    return series[index] if 0 <= index < len(series) else None


def _change(series: Series, index: int, every: int) -> float | None:
    later, earlier = _at(series, index), _at(series, index - every)
    return None if later is None or earlier is None else later - earlier
