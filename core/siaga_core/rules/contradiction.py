"""Two kinds of source that cannot both be right: a gauge against the people, or a gauge against the cameras.

A gauge that stands dry while many people nearby tell of water is a gauge to inspect. A camera that sees a dry road
while the gauge beside it stands at Siaga 1 is no fault (a river may be full and the street dry), but it belongs in
the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga_core.rules.geometry import LatLon, distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtPolicy:
    """How many people it takes, how near and how recent, and what is dry."""

    min_citizens: int = 5
    radius_m: float = 1000.0
    window_seconds: float = 2 * 3600
    margin_cm: float = 20.0  # this far below the bound of Siaga 3 is dry for sure
    falling_cm_per_hour: float = 5.0  # nearer to it, only a falling level is


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeState:
    """The newest good level of a gauge. `rate_cm_per_hour` None: not known."""

    place: LatLon
    level_cm: float
    s3_cm: float
    rate_cm_per_hour: float | None
    measured_at: datetime
    stale_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenStatement:
    """A report of flooding. `source` tells independent people apart."""

    signal_id: str
    source: str
    place: LatLon
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeDoubt:
    """Why a gauge is doubted: how many independent people say otherwise, with the signals that they gave."""

    citizens: int
    signal_ids: tuple[str, ...]
    last_at: datetime


def gauge_doubt(
    gauge: GaugeState, citizens: Iterable[CitizenStatement], *, now: datetime, policy: DoubtPolicy = DoubtPolicy()
) -> GaugeDoubt | None:
    """Whether many people contradict a gauge that says dry; None where they do not, or where it says nothing."""
    if now - gauge.measured_at > timedelta(seconds=gauge.stale_seconds) or not _is_dry(gauge, policy):
        return None
    since = now - timedelta(seconds=policy.window_seconds)
    near = [
        one for one in citizens if one.observed_at >= since and distance_m(one.place, gauge.place) <= policy.radius_m
    ]
    people = {one.source for one in near}
    if len(people) < policy.min_citizens:
        return None
    in_order = sorted(near, key=lambda one: (one.observed_at, one.signal_id))
    return GaugeDoubt(
        citizens=len(people),
        signal_ids=tuple(one.signal_id for one in in_order),
        last_at=in_order[-1].observed_at,
    )


def strength(doubt: GaugeDoubt, *, policy: DoubtPolicy = DoubtPolicy()) -> float:
    """How sure the contradiction itself is, 0..1: sure from twice as many people as it takes."""
    return min(1.0, 0.5 + 0.5 * doubt.citizens / (2 * policy.min_citizens))


def _is_dry(gauge: GaugeState, policy: DoubtPolicy) -> bool:
    if gauge.level_cm <= gauge.s3_cm - policy.margin_cm:
        return True
    falling = gauge.rate_cm_per_hour is not None and gauge.rate_cm_per_hour <= -policy.falling_cm_per_hour
    return falling and gauge.level_cm < gauge.s3_cm
