"""Rankings that resist gaming, and what is unusual right now.

What counts is incidents, not complaints: those that were merged count once, so nobody is punished for being reported
five times, and nobody gains by reporting one thing five times. What earns is independent verification alone; work that
is only said to be done earns nothing (`siaga_core.rules.verification.weight`). Few cases say little: shares are drawn
towards that of all by as many cases as it takes.
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

    Dismissed ones and those that are not due yet are left out, and so are `weightless` ones: only anonymous new names,
    or a reporter who meets the officer too often, speak for them. The credits are sums over verified tasks.
    """

    id: str
    cases: int = 0
    verified: int = 0
    credit_in_time: float = 0.0
    credit_overdue: float = 0.0
    done_again: int = 0  # of the cases, how many had to be done again
    weightless: int = 0

    @property
    def credit(self) -> float:
        """What was earned: 1 for verified in time, a half for verified overdue, a half off if done again."""
        return max(0.0, self.credit_in_time + 0.5 * self.credit_overdue - 0.5 * self.done_again)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterOutcomes:
    """What became of the incidents that somebody reported, each counted once. Not judged yet: left out."""

    id: str
    confirmed: int
    refuted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a ranking. `score` is about 0..1 for work, open-ended for reporters; equals share a rank.

    `verified`: how many of the cases somebody independent verified, or confirmed; `weightless`: how many more do not
    count.
    """

    rank: int
    id: str
    score: float
    cases: int
    share: float | None  # without being drawn to that of all
    verified: int = 0
    weightless: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualRate:
    """Something that happens more than usual: `times` as often, at least (with 90 % confidence)."""

    id: str
    count: int
    usual: float
    times: float


def drawn(good: float, cases: float, share_of_all: float, prior_cases: float = PRIOR_CASES) -> float:
    """A share drawn towards that of all, as if `prior_cases` more had gone as they go for all.

    This is the mean of the Beta posterior of a share whose prior has the mean of all and the weight of `prior_cases`
    (Gelman et al., Bayesian Data Analysis, 2.4; the empirical Bayes estimate of Casella, 1985).
    """
    return (good + prior_cases * share_of_all) / (cases + prior_cases)


def rank_work(everybody: Sequence[Work]) -> list[Place]:
    """Best first. Who had nothing due is not ranked."""
    ranked = [one for one in everybody if one.cases > 0]
    cases = sum(one.cases for one in ranked)
    share_of_all = sum(one.credit for one in ranked) / cases if cases else 0.0
    return _places(
        _Scored(
            score=drawn(one.credit, one.cases, share_of_all),
            id=one.id,
            cases=one.cases,
            share=min(1.0, one.credit / one.cases),
            verified=one.verified,
            weightless=one.weightless,
        )
        for one in ranked
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    score: float
    id: str
    cases: int
    share: float
    verified: int
    weightless: int = 0


def _reporter(one: ReporterOutcomes, right_of_all: float) -> _Scored:
    judged = one.confirmed + one.refuted
    score = one.confirmed * drawn(one.confirmed, judged, right_of_all)
    return _Scored(score=score, id=one.id, cases=judged, share=one.confirmed / judged, verified=one.confirmed)


def _at_least(count: int) -> float:
    return max(0.0, count - Z_90 * math.sqrt(count))


def _places(scored: Iterable[_Scored], most: int | None = None) -> list[Place]:
    places: list[Place] = []
    for number, one in enumerate(sorted(scored, key=_best_first)[:most], 1):
        score = round(one.score, 4)
        places.append(
            Place(
                rank=places[-1].rank if places and places[-1].score == score else number,
                id=one.id,
                score=score,
                cases=one.cases,
                share=round(one.share, 4),
                verified=one.verified,
                weightless=one.weightless,
            )
        )
    return places


def _best_first(one: _Scored) -> tuple[float, int, str]:
    return -round(one.score, 4), -one.cases, one.id
