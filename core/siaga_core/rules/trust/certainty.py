"""How sure an incident is in the words of CAP, by the kinds of sources that support it and not by their number alone.

Observed: a sensor measures or sees it, or an officer is at the place. Likely: an operator confirmed it, or a sensor and
others together are believed. Possible: enough independent people or partners report it. Below that it is unverified:
shown as such on the map, but no alert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Literal, get_args

from siaga_core.rules.trust.independence import DEFAULT_SOURCES, IndependentSource, SourceGrade, SourcePolicy

BELIEVED_FROM = 0.55  # confidence from which sources together are believed
_SENSOR_OBSERVES_FROM = 0.5  # confidence of the sensors alone


class Certainty(IntEnum):
    """How sure it is; a higher number is surer. The words of CAP 1.2, save the first."""

    UNVERIFIED = 0
    POSSIBLE = 1
    LIKELY = 2
    OBSERVED = 3

    @property
    def label(self) -> str:
        """As the API names it."""
        return self.name.lower()

    @property
    def cap(self) -> str:
        """As CAP names it."""
        return "Unknown" if self is Certainty.UNVERIFIED else self.name.capitalize()


SourceKind = Literal[
    "gauge", "forecast", "camera", "officer", "operator", "feed", "verified_citizen", "unverified_citizen"
]

KINDS: tuple[str, ...] = get_args(SourceKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """How many independent sources of a kind support something, and when the first and the last of them did.

    `names` are those of sensors and feeds; people have none.
    """

    kind: SourceKind
    count: int
    first_at: datetime
    last_at: datetime
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What an incident rests on now. `sensor_confidence`: of the sensors that still see it, without anybody else.

    `people` and `partners` are counts of independent sources. `is_confirmed`: an operator judged it to be true.
    """

    confidence: float
    sensor_confidence: float = 0.0
    people: int = 0
    partners: int = 0
    has_officer: bool = False
    is_confirmed: bool = False


def certainty_of(support: Support, policy: SourcePolicy = DEFAULT_SOURCES) -> Certainty:
    """Return how sure an incident is."""
    if support.has_officer or support.sensor_confidence >= _SENSOR_OBSERVES_FROM:
        return Certainty.OBSERVED
    has_sensor = support.sensor_confidence > 0
    if support.is_confirmed or (has_sensor and support.confidence >= BELIEVED_FROM):
        return Certainty.LIKELY
    if support.people + support.partners >= policy.possible_from:
        return Certainty.POSSIBLE
    return Certainty.UNVERIFIED


def count_people(sources: Collection[IndependentSource]) -> int:
    """Return how many of the sources are people."""
    return sum(one.grade in (SourceGrade.VERIFIED, SourceGrade.UNVERIFIED) for one in sources)


def joined(counts: Iterable[SourceCount]) -> tuple[SourceCount, ...]:
    """Return one count for each kind, in the order of the kinds. People without names may be the same ones in several
    counts, so that the largest of them is what is known for sure.
    """
    found: dict[str, SourceCount] = {}
    for one in counts:
        held = found.get(one.kind)
        found[one.kind] = one if held is None else _joined(held, one)
    return tuple(found[kind] for kind in KINDS if kind in found)


def _joined(held: SourceCount, other: SourceCount) -> SourceCount:
    names = tuple(sorted({*held.names, *other.names}))
    return replace(
        held,
        count=len(names) if names else max(held.count, other.count),
        first_at=min(held.first_at, other.first_at),
        last_at=max(held.last_at, other.last_at),
        names=names,
    )
