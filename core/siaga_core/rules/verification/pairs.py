"""Reporters and officers who meet more often than chance explains.

Within one area and agency, an officer handles some share of what others report there. If the reports of one reporter
came to officers by chance, the number that came to this officer would follow the Poisson binomial distribution of those
shares. A pair is unusual where so many meetings or more are very improbable. Where one officer handles everything, the
share is one and nothing is unusual.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_MEETINGS = 4
MOST_CHANCE = 1e-4
MOST_TASKS = 400  # of one reporter: more say no more, and the distribution stays cheap


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How many tasks of a reporter's reports an officer handled, within one area and agency (`stratum`)."""

    reporter: str
    officer: str
    stratum: str
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualPair:
    """A pair with its meetings, how many chance would explain, and how probable so many or more are."""

    reporter: str
    officer: str
    meetings: int
    expected: float
    chance: float


def unusual_pairs(meetings: Iterable[Meeting], totals: Mapping[str, Mapping[str, int]]) -> list[UnusualPair]:
    """Pairs that meet too often, the least probable first. `totals`: tasks of each officer, by stratum."""
    of_reporter: dict[str, list[Meeting]] = defaultdict(list)
    for one in meetings:
        of_reporter[one.reporter].append(one)
    found = [pair for name, rows in of_reporter.items() for pair in _of_reporter(name, rows, totals)]
    return sorted(found, key=lambda pair: (pair.chance, -pair.meetings, pair.reporter, pair.officer))


def _of_reporter(
    reporter: str, rows: Sequence[Meeting], totals: Mapping[str, Mapping[str, int]]
) -> Iterable[UnusualPair]:
    for officer in sorted({row.officer for row in rows}):
        shares: list[float] = []
        for stratum in sorted({row.stratum for row in rows}):
            own = [row for row in rows if row.stratum == stratum]
            share = _share(officer, own, totals.get(stratum, {}))
            shares += [share] * sum(row.tasks for row in own)
        meetings = sum(row.tasks for row in rows if row.officer == officer)
        chance = _chance(meetings, shares) if meetings >= LEAST_MEETINGS else 1.0
        if chance <= MOST_CHANCE:
            yield UnusualPair(
                reporter=reporter, officer=officer, meetings=meetings, expected=round(sum(shares), 2), chance=chance
            )


def _chance(meetings: int, shares: Sequence[float]) -> float:
    """The probability of so many meetings. Of very many tasks an even part stands for all, and as large a part of the
    meetings, so that a diligent reporter is not taken for a friend.
    """
    step = -(-len(shares) // MOST_TASKS)
    part = shares[::step]
    return at_least(meetings * len(part) // len(shares), part)


def _share(officer: str, own: Sequence[Meeting], totals: Mapping[str, int]) -> float:
    """The officer's share of what others reported, as if each officer there had handled one task more."""
    officers = set(totals) | {officer}
    mine = sum(row.tasks for row in own if row.officer == officer)
    others = sum(totals.values()) - sum(row.tasks for row in own)
    return (max(0, totals.get(officer, 0) - mine) + 1) / (max(0, others) + len(officers))


def at_least(count: int, shares: Sequence[float]) -> float:
    """The probability of `count` or more successes in trials of these probabilities (Poisson binomial)."""
    exactly = [1.0] + [0.0] * len(shares)
    for number, share in enumerate(shares, 1):
        for k in range(number, 0, -1):
            exactly[k] = exactly[k] * (1 - share) + exactly[k - 1] * share
        exactly[0] *= 1 - share
    return min(1.0, sum(exactly[count:]))
