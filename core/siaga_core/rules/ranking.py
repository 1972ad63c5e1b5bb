"""Rankings that resist gaming, and what is unusual right now.

What counts is incidents, not complaints: those that were merged count once, so nobody is punished for being reported
five times, and nobody gains by reporting one thing five times. What earns is verified work in time; a task only
said to be done earns less. Few cases say little: shares are drawn towards that of all by as many cases as it takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# As many cases as it takes for one's own record to weigh as much as that of all.
PRIOR_CASES = 20.0
FEWEST_TO_TREND = 3
Z_90 = 1.2816  # one-sided 90 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What became of the tasks of somebody that were due: finished, or not finished and overdue.

    Dismissed ones and those that are not due yet are left out.
    """

    id: str
    verified_in_time: int = 0
    verified_overdue: int = 0
    resolved_in_time: int = 0
    resolved_overdue: int = 0
    overdue: int = 0
    reopened: int = 0  # of those above, how many had to be done again

    @property
    def cases(self) -> int:
        """How many were due."""
        return (
            self.verified_in_time + self.verified_overdue + self.resolved_in_time + self.resolved_overdue + self.overdue
        )

    @property
    def credit(self) -> float:
        """What was earned: 1 for verified in time, less for late or only said to be done, a half off if done again."""
        earned = (
            self.verified_in_time
            + 0.5 * self.verified_overdue
            + 0.4 * self.resolved_in_time
            + 0.2 * self.resolved_overdue
            - 0.5 * self.reopened
        )
        return max(0.0, earned)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterOutcomes:
    """What became of the incidents that somebody reported, each counted once. Not judged yet: left out."""

    id: str
    confirmed: int
    refuted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a ranking. `score` is 0..1 for work, open-ended for reporters; equals share a rank."""

    rank: int
    id: str
    score: float
    cases: int
    share: float | None  # without being drawn to that of all


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualRate:
    """Something that happens more than usual: `times` as often, at least (with 90 % confidence)."""

    id: str
    count: int
    usual: float
    times: float


def drawn(good: float, cases: float, share_of_all: float, prior_cases: float = PRIOR_CASES) -> float:
    """A share drawn towards that of all, as if `prior_cases` more had gone as they go for all."""
    return (good + prior_cases * share_of_all) / (cases + prior_cases)


def rank_work(everybody: Sequence[Work]) -> list[Place]:
    """Best first. Who had nothing due is not ranked."""
    ranked = [one for one in everybody if one.cases > 0]
    cases = sum(one.cases for one in ranked)
    share_of_all = sum(one.credit for one in ranked) / cases if cases else 0.0
    return _places(
        (drawn(one.credit, one.cases, share_of_all), one.id, one.cases, one.credit / one.cases) for one in ranked
    )


def rank_reporters(everybody: Sequence[ReporterOutcomes], *, most: int | None = None) -> list[Place]:
    """By confirmed incidents, each weighed by how often the reporter is right; the best `most`, or all."""
    judged = [one for one in everybody if one.confirmed + one.refuted > 0]
    confirmed = sum(one.confirmed for one in judged)
    total = confirmed + sum(one.refuted for one in judged)
    right = confirmed / total if total else 0.0
    return _places((_reporter(one, right) for one in judged), most)


def unusual(counts: Iterable[tuple[str, int, float]]) -> list[UnusualRate]:
    """What is more than usual, most first, of (id, count now, usual count for as long a time).

    The lower 90 % bound of a Poisson count against the usual; a usual of less than one half is taken as one half.
    """
    found = [
        UnusualRate(id=one, count=count, usual=usual, times=round(_at_least(count) / max(usual, 0.5), 2))
        for one, count, usual in counts
        if count >= FEWEST_TO_TREND
    ]
    return sorted((one for one in found if one.times > 1), key=lambda one: (-one.times, -one.count, one.id))


def _reporter(one: ReporterOutcomes, right_of_all: float) -> tuple[float, str, int, float]:
    judged = one.confirmed + one.refuted
    return one.confirmed * drawn(one.confirmed, judged, right_of_all), one.id, judged, one.confirmed / judged


def _at_least(count: int) -> float:
    return max(0.0, count - Z_90 * math.sqrt(count))


def _places(scored: Iterable[tuple[float, str, int, float]], most: int | None = None) -> list[Place]:
    places: list[Place] = []
    ordered = sorted(((round(score, 4), name, cases, share) for score, name, cases, share in scored), key=_best_first)
    for number, (score, name, cases, share) in enumerate(ordered[:most], 1):
        rank = places[-1].rank if places and places[-1].score == score else number
        places.append(Place(rank=rank, id=name, score=score, cases=cases, share=round(share, 4)))
    return places


def _best_first(one: tuple[float, str, int, float]) -> tuple[float, int, str]:
    score, name, cases, _ = one
    return -score, -cases, name
