"""Signals become members of incidents: near in space and time, with a confidence that can be explained.

Confidence is a noisy-OR over independent sources: 1 - product(1 - weight). A source that says the same thing twice
counts once, with its strongest say. Which signals are of one source is decided in `rules.trust.independence`; all
unverified sources together weigh no more than the cap of the policy. The ledger keeps every member with the weight
that it was given, so that "why?" has an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga_core.hazards import all_categories
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.trust.independence import DEFAULT_SOURCES, IndependentSource, SourceGrade, SourcePolicy

# How far a kind of source is believed when it says "yes" for sure; verdicts move these per source (rules.reliability).
# `rule`: a contradiction that this program noticed by itself (rules.contradiction).
DEFAULT_RELIABILITY: Mapping[str, float] = {"camera": 0.75, "gauge": 0.8, "citizen": 0.4, "feed": 0.5, "rule": 0.6}
# A sensor that goes on telling of the same event for longer than this after the incident was closed is believed.
CONTINUES_AFTER = timedelta(minutes=10)
_METRES_PER_DEGREE = 111_195.0
_MIN_CELL_M = 500.0
_LEAST_DOUBT = 1e-9  # of a source that is sure of itself, so that its weight can be reduced


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPolicy:
    """How near is the same: a radius on the ground and a sliding window in time."""

    radius_m: float
    window_seconds: float

    def __post_init__(self) -> None:
        if not (0 < self.radius_m <= 5_000 and 0 < self.window_seconds <= 366 * 86_400):
            raise ValueError(f"expected a radius of up to 5 km and a window of up to a year, got {self}")


OTHER_MATCH = MatchPolicy(radius_m=50, window_seconds=24 * 3600)


def default_match() -> dict[str, MatchPolicy]:
    """Return the radius and window of every category for which the registry of hazards has one."""
    return {
        one.id: MatchPolicy(radius_m=one.match.radius_m, window_seconds=one.match.window_hours * 3600)
        for one in all_categories()
        if one.match is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One claim that something is the matter. `source` is `<kind>:<who>` and tells what is independent of what.

    `strength` (0..1) is how sure the source itself is.
    """

    id: str
    source: str
    category: str
    place: LatLon
    observed_at: datetime
    strength: float

    @property
    def source_kind(self) -> str:
        """camera, gauge, citizen or feed."""
        return self.source.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open incident, as far as matching needs it."""

    id: str
    category: str
    place: LatLon
    last_signal_at: datetime
    first_signal_at: datetime | None = None  # without it, as if the incident had had one signal


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One member: what it weighs, and whether it adds to the confidence or repeats its independent source."""

    signal_id: str
    source: str
    weight: float
    counts: bool
    lead_seconds: float
    independent_key: str
    grade: SourceGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Why an incident is believed as far as it is. Lines are in the order of observation.

    `unverified_confidence` is what all unverified sources together add, after the cap.
    """

    lines: tuple[LedgerLine, ...]
    confidence: float
    unverified_confidence: float = 0.0

    @property
    def source_kinds(self) -> frozenset[str]:
        """The kinds of source that speak for it."""
        return frozenset(line.source.partition(":")[0] for line in self.lines)


def match_policy(category: str, policies: Mapping[str, MatchPolicy] | None = None) -> MatchPolicy:
    """Return the radius and window of a category; without `policies`, those of the registry of hazards."""
    return (default_match() if policies is None else policies).get(category, OTHER_MATCH)


def choose(signal: Signal, candidates: Iterable[Candidate], policy: MatchPolicy) -> Candidate | None:
    """The nearest open incident that the signal belongs to, the newest among equals; None opens a new one."""
    fitting = [
        (distance_m(signal.place, candidate.place), candidate)
        for candidate in candidates
        if candidate.category == signal.category and _in_window(signal, candidate, policy)
    ]
    near = [(metres, candidate) for metres, candidate in fitting if metres <= policy.radius_m]
    if not near:
        return None
    return min(near, key=lambda pair: (pair[0], -pair[1].last_signal_at.timestamp(), pair[1].id))[1]


def cells(place: LatLon, policy: MatchPolicy) -> tuple[tuple[int, int], ...]:
    """Cells of a coarse grid such that two places within the radius of each other always share one, in order.

    Whoever decides on signals in turn per cell need not decide on the whole city in turn.
    """
    size = max(_MIN_CELL_M, 2 * policy.radius_m) / _METRES_PER_DEGREE
    # Half of the radius to every side and a little more, so that the boxes of two near places overlap.
    lat_reach = (0.55 * policy.radius_m + 1) / _METRES_PER_DEGREE
    lon_reach = lat_reach / max(0.01, math.cos(math.radians(place.lat)))
    rows = range(math.floor((place.lat - lat_reach) / size), math.floor((place.lat + lat_reach) / size) + 1)
    columns = range(math.floor((place.lon - lon_reach) / size), math.floor((place.lon + lon_reach) / size) + 1)
    return tuple((row, column) for row in rows for column in columns)


def continues(*, closed_at: datetime, seen_at: datetime) -> bool:
    """Whether a sensor saw an event so long after its incident was closed that closing it was wrong or too early."""
    return seen_at - closed_at > CONTINUES_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How early a source knew. `over_others`: before the first other source (negative: after it; None: no other)."""

    source: str
    first_at: datetime
    over_others_seconds: float | None
    over_task_seconds: float | None


def leads(sightings: Iterable[tuple[str, datetime]], *, task_at: datetime | None = None) -> tuple[Lead, ...]:
    """The lead of every source by its first word, (source, time) in any order; the earliest first."""
    first: dict[str, datetime] = {}
    for source, at in sightings:
        first[source] = min(at, first.get(source, at))
    in_order = sorted(first.items(), key=lambda pair: (pair[1], pair[0]))
    return tuple(
        Lead(
            source=source,
            first_at=at,
            over_others_seconds=_seconds(at, in_order[1 if place == 0 else 0][1]) if len(in_order) > 1 else None,
            over_task_seconds=None if task_at is None else _seconds(at, task_at),
        )
        for place, (source, at) in enumerate(in_order)
    )


def weight(signal: Signal, reliability: Mapping[str, float] = DEFAULT_RELIABILITY) -> float:
    """What one signal is worth, 0..1: reliability of its source (or of its kind) times its own strength."""
    known = reliability.get(signal.source, reliability.get(signal.source_kind, 0.0))
    return max(0.0, min(1.0, known * signal.strength))


def ledger(
    members: Iterable[Signal],
    reliability: Mapping[str, float] = DEFAULT_RELIABILITY,
    *,
    sources: Iterable[IndependentSource],
    policy: SourcePolicy = DEFAULT_SOURCES,
) -> Ledger:
    """The account of an incident's members. `lead_seconds`: how long before the newest member each one knew.

    `sources` are the independent sources of the members; a member of none of them is a source of its own.
    """
    in_order = sorted(members, key=lambda member: (member.observed_at, member.id))
    owner = {signal_id: source for source in sources for signal_id in source.signal_ids}
    keys = [owner[member.id].key if member.id in owner else member.source for member in in_order]
    strongest = _strongest_by_source(in_order, keys, reliability)
    lines = tuple(
        LedgerLine(
            signal_id=member.id,
            source=member.source,
            weight=weight(member, reliability),
            counts=strongest[key] == place,
            lead_seconds=(in_order[-1].observed_at - member.observed_at).total_seconds(),
            independent_key=key,
            grade=owner[member.id].grade if member.id in owner else SourceGrade.UNVERIFIED,
        )
        for place, (member, key) in enumerate(zip(in_order, keys, strict=True))
    )
    lines = _capped(lines, policy.unverified_cap)
    unverified = confidence_of(one for one in lines if one.grade is SourceGrade.UNVERIFIED)
    return Ledger(lines=lines, confidence=confidence_of(lines), unverified_confidence=unverified)


def _capped(lines: tuple[LedgerLine, ...], cap: float) -> tuple[LedgerLine, ...]:
    """The lines, with less weight for unverified sources where together they would weigh more than the cap."""
    doubt = 1.0
    for line in lines:
        doubt *= _doubt(line) if line.counts and line.grade is SourceGrade.UNVERIFIED else 1
    if doubt >= 1 - cap:
        return lines
    share = math.log(1 - cap) / math.log(doubt)
    return tuple(
        replace(line, weight=1 - _doubt(line) ** share) if line.grade is SourceGrade.UNVERIFIED else line
        for line in lines
    )


def _doubt(line: LedgerLine) -> float:
    return max(_LEAST_DOUBT, 1 - line.weight)


def confidence_of(lines: Iterable[LedgerLine]) -> float:
    """The noisy-OR of the lines that count."""
    doubt = 1.0
    for line in lines:
        doubt *= 1 - line.weight if line.counts else 1
    return 1 - doubt


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def _in_window(signal: Signal, candidate: Candidate, policy: MatchPolicy) -> bool:
    # From the first signal on, because a replay after an outage brings what belongs in the middle.
    first_at = candidate.first_signal_at or candidate.last_signal_at
    window = timedelta(seconds=policy.window_seconds)
    return first_at - window <= signal.observed_at <= candidate.last_signal_at + window


def _strongest_by_source(members: list[Signal], keys: list[str], reliability: Mapping[str, float]) -> dict[str, int]:
    """Of each source, the place in the list of its strongest member; the earliest among equals."""
    best: dict[str, int] = {}
    for place, (member, key) in enumerate(zip(members, keys, strict=True)):
        held = best.get(key)
        if held is None or weight(member, reliability) > weight(members[held], reliability):
            best[key] = place
    return best
