"""What the river is made of: catchments that catch rain, reaches that carry it, gauges that stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter


class NetworkError(ValueError):
    """The parts do not make a river; the text names the part and what was expected of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catchment:
    """Land whose rain runs off into the river at a gauge, `response_hours` later on average."""

    id: str
    into: str
    area_km2: float
    runoff_share: float
    response_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """River between two gauges; `hours` is what a flood takes from the one to the other."""

    upstream: str
    downstream: str
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tide:
    """The sea's daily swing about a mean level; on this coast there is one high water a day."""

    mean_cm: float
    amplitude_cm: float
    high_water_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A place where the level is read. The level is `bed_cm` without flow and `full_cm` at `full_m3s`."""

    id: str
    bed_cm: float
    full_cm: float
    full_m3s: float
    base_m3s: float
    tide: Tide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pond:
    """A low street: rain of a catchment gathers there faster than the drain takes it away."""

    id: str
    catchment: str
    drain_mm_per_hour: float
    cm_per_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloudburst:
    """Rain on some catchments that swells to its peak at half time and dies away again."""

    on: tuple[str, ...]
    starts_hour: float
    hours: float
    peak_mm_per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All parts together. Raises NetworkError when they do not fit."""

    gauges: tuple[Gauge, ...]
    catchments: tuple[Catchment, ...]
    reaches: tuple[Reach, ...] = ()
    ponds: tuple[Pond, ...] = ()

    def __post_init__(self) -> None:
        gauge_ids = [gauge.id for gauge in self.gauges]
        catchment_ids = [catchment.id for catchment in self.catchments]
        _refuse_twice("gauge", gauge_ids)
        _refuse_twice("catchment", catchment_ids)
        _refuse_twice("pond", [pond.id for pond in self.ponds])
        ends: dict[str, tuple[str, ...]] = {
            f"reach {reach.upstream} -> {reach.downstream}": (reach.upstream, reach.downstream)
            for reach in self.reaches
        }
        inlets: dict[str, tuple[str, ...]] = {
            f"catchment {catchment.id}": (catchment.into,) for catchment in self.catchments
        }
        _refuse_unknown("gauge", gauge_ids, ends | inlets)
        _refuse_unknown("catchment", catchment_ids, {f"pond {pond.id}": (pond.catchment,) for pond in self.ponds})
        self.downstream_sequence()

    def downstream_sequence(self) -> tuple[str, ...]:
        """Gauge ids, every one after all that flow into it."""
        graph: dict[str, set[str]] = {gauge.id: set() for gauge in self.gauges}
        for reach in self.reaches:
            graph[reach.downstream].add(reach.upstream)
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise NetworkError(f"reach: got the circle {circle}, expected water that only flows down") from error


def _refuse_twice(kind: str, ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise NetworkError(f"{kind}: got {twice[0]!r} twice, expected every id once")


def _refuse_unknown(kind: str, known: list[str], used: Mapping[str, tuple[str, ...]]) -> None:
    for user, names in used.items():
        for name in names:
            if name not in known:
                raise NetworkError(f"{user}: got {kind} {name!r}, expected one of {', '.join(known)}")
