"""How deep a street is under water now and in the hours ahead, with an interval that holds nine of ten depths.

Without evidence the depth is unknown, never 0: a dry road that nobody looks at and a flooded one look the same. Any
number of cameras and people make the interval no narrower than that of the best of them: they see the same street, and
what they saw grows old together. Only the gauge errs independently of them. Pieces that disagree widen the interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.streets.evidence import (
    Estimate,
    Evidence,
    EvidenceKind,
    estimate_of,
    expires_at,
    is_valid,
)
from siaga_core.rules.streets.relation import Relation, level_error_cm

LEAST_REPORTERS: Final = 2  # people alone flood a street only together: one prank must not
_USUAL_MISFIT: Final = 4.0  # two pieces that lie two errors apart are no contradiction yet
_CHANGE_SHARE: Final = 0.3  # of a change of depth that the forecast tells: a street follows its river only about


class DepthAnswer(StrEnum):
    """What is known of a street."""

    KNOWN = "known"
    WET = "wet"  # water was seen, its depth is not known
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeLevel:
    """The newest known level at the controlling gauge, and how the street follows from it."""

    gauge_id: str
    level_cm: float
    measured_at: datetime
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a depth follows from: how many sources of a kind, and when the first and the last of them stated it."""

    kind: EvidenceKind
    count: int
    first_at: datetime
    last_at: datetime
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetDepth:
    """The depth of a street now. `estimate` is there only where the answer is known; after `valid_until` nothing is."""

    answer: DepthAnswer
    estimate: Estimate | None = None
    basis: tuple[Basis, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DepthPoint:
    """A depth that is foreseen."""

    at: datetime
    estimate: Estimate


_UNKNOWN: Final = StreetDepth(answer=DepthAnswer.UNKNOWN)


def street_depth(evidence: Iterable[Evidence], gauge: GaugeLevel | None, *, now: datetime) -> StreetDepth:
    """Return the depth that cameras, people and the gauge tell together."""
    pieces = _newest_of_each([one for one in evidence if is_valid(one, now=now)])
    by_gauge = _by_gauge(gauge, now=now)
    pieces = _supported(pieces, has_gauge=by_gauge is not None)
    if not pieces and by_gauge is None:
        return _UNKNOWN
    stated = [(one, found) for one in pieces if (found := estimate_of(one, now=now)) is not None]
    if by_gauge is not None:
        stated.append(by_gauge)
    used = [one for one, _ in stated] or pieces
    return StreetDepth(
        answer=DepthAnswer.KNOWN if stated else DepthAnswer.WET,
        estimate=_joined(stated) if stated else None,
        basis=_basis(used),
        valid_until=max(map(expires_at, used)),
    )


def join(estimates: Sequence[Estimate]) -> Estimate:
    """Return one estimate of several that err independently: each weighs by its error. Raises ValueError for none."""
    if not estimates:
        raise ValueError("got no estimates, expected at least one")
    weights = [one.error_cm**-2 for one in estimates]
    depth = sum(weight * one.depth_cm for weight, one in zip(weights, estimates, strict=True)) / sum(weights)
    misfit = sum(weight * (one.depth_cm - depth) ** 2 for weight, one in zip(weights, estimates, strict=True))
    disagreement = math.sqrt(max(1.0, misfit / max(1, len(estimates) - 1) / _USUAL_MISFIT))
    return Estimate(depth, disagreement / math.sqrt(sum(weights)))


def _seen(estimates: Sequence[Estimate]) -> Estimate:
    """Join what was seen on the street: no surer than the best of it."""
    found = join(estimates)
    return Estimate(found.depth_cm, max(found.error_cm, min(one.error_cm for one in estimates)))


def _joined(stated: Sequence[tuple[Evidence, Estimate]]) -> Estimate:
    """Ten people who name the same part of a body weigh as one."""
    kinds = {kind: [found for one, found in stated if one.kind is kind] for kind in EvidenceKind}
    street = [_seen(kinds[kind]) for kind in (EvidenceKind.CAMERA, EvidenceKind.REPORT) if kinds[kind]]
    return join([*([_seen(street)] if street else []), *kinds[EvidenceKind.GAUGE]])


def depths_ahead(
    now_known: StreetDepth, gauge: GaugeLevel | None, points: Iterable[ForecastPoint], *, now: datetime
) -> tuple[DepthPoint, ...]:
    """Return the depths that the forecast at the controlling gauge means for a street, soonest first.

    Where the river is on the street now, what is known of it moves with the forecast. Points at which the river does
    not reach the road are left out: whether rain stands there nobody foresees.
    """
    if gauge is None:
        return ()
    is_of_river = any(one.kind is EvidenceKind.GAUGE for one in now_known.basis)
    base = now_known.estimate if is_of_river else None
    found = (DepthPoint(one.at, _foreseen(one, gauge, base)) for one in points if one.at > now)
    return tuple(one for one in sorted(found, key=lambda one: one.at) if one.estimate.depth_cm > 0)


def _foreseen(point: ForecastPoint, gauge: GaugeLevel, base: Estimate | None) -> Estimate:
    level_error = level_error_cm(point.low_cm, point.high_cm)
    if base is None:
        return gauge.relation.depth_at(point.level_cm, level_error_cm=level_error)
    slope = gauge.relation.slope
    change = slope * (point.level_cm - gauge.level_cm)
    return Estimate(base.depth_cm + change, math.hypot(base.error_cm, slope * level_error, _CHANGE_SHARE * abs(change)))


def _by_gauge(gauge: GaugeLevel | None, *, now: datetime) -> tuple[Evidence, Estimate] | None:
    """None where the river does not reach the road: of rain on it the gauge knows nothing."""
    if gauge is None:
        return None
    found = gauge.relation.depth_at(gauge.level_cm, age=now - gauge.measured_at)
    one = Evidence(
        kind=EvidenceKind.GAUGE, source=gauge.gauge_id, observed_at=gauge.measured_at, depth_cm=found.depth_cm
    )
    return (one, found) if found.depth_cm > 0 and is_valid(one, now=now) else None


def _supported(pieces: list[Evidence], *, has_gauge: bool) -> list[Evidence]:
    """Leave out what people report where too few do, nobody of them is proven and nothing else tells of water."""
    people = [one for one in pieces if one.kind is EvidenceKind.REPORT]
    cameras = [one for one in pieces if one.kind is not EvidenceKind.REPORT]
    sees_water = any(one.depth_cm is None or one.depth_cm > 0 for one in cameras)
    is_enough = len(people) >= LEAST_REPORTERS or any(one.is_proven for one in people)
    return pieces if is_enough or has_gauge or sees_water else cameras


def _newest_of_each(pieces: Iterable[Evidence]) -> list[Evidence]:
    newest: dict[tuple[EvidenceKind, str], Evidence] = {}
    for one in sorted(pieces, key=lambda one: (one.observed_at, one.depth_cm or 0.0)):
        newest[one.kind, one.source] = one
    return list(newest.values())


def _basis(used: Sequence[Evidence]) -> tuple[Basis, ...]:
    """People have no names."""
    return tuple(_basis_of(kind, held) for kind in EvidenceKind if (held := [one for one in used if one.kind is kind]))


def _basis_of(kind: EvidenceKind, held: Sequence[Evidence]) -> Basis:
    times = [one.observed_at for one in held]
    names = () if kind is EvidenceKind.REPORT else tuple(sorted(one.source for one in held))
    return Basis(kind=kind, count=len(held), first_at=min(times), last_at=max(times), names=names)
