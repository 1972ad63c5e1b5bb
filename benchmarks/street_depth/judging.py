"""Compares what the rule states with the true depth, by the evidence that it had."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from benchmarks.street_depth.floods import STEPS, Flood, make_flood, make_street
from benchmarks.street_depth.witnesses import Witnesses, moment

from siaga_core.rules.streets.depth import DepthAnswer, GaugeLevel, StreetDepth, depths_ahead, street_depth
from siaga_core.rules.streets.evidence import VALID_FOR, Estimate, Evidence

STREETS, FORMER, FLOODS, LOOKS = 150, 4, 3, 12
HOURS_AHEAD: Final = (1, 3)
COVERAGE: Final = (0.85, 0.95)


@dataclass(frozen=True, slots=True)
class Miss:
    """By how much the stated depth missed the true one, whether the interval held it, and how wide that was."""

    error_cm: float
    is_inside: bool
    width_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one kind of evidence came to."""

    evidence: str
    n: int
    p50_cm: float
    p90_cm: float
    coverage: float
    width_cm: float

    @property
    def is_calibrated(self) -> bool:
        """Whether the interval holds about nine of ten."""
        return COVERAGE[0] <= self.coverage <= COVERAGE[1]


@dataclass(slots=True)
class Judgement:
    """Every miss by evidence, and what was stated after all evidence had expired."""

    misses: dict[str, list[Miss]]
    expired: int = 0
    outlived: int = 0

    def scores(self) -> list[Score]:
        """Return a score for each kind of evidence."""
        return [_score(name, found) for name, found in self.misses.items()]


def judge(seed: int) -> Judgement:
    """Simulate streets with their floods, and judge what the rule states of them."""
    found = Judgement(defaultdict(list))
    dice = random.Random(seed)
    for _ in range(STREETS):
        street = make_street(dice)
        witnesses = Witnesses(street, dice)
        former = [make_flood(street, dice) for _ in range(FORMER)]
        for _ in range(FLOODS):
            _judge_flood(found, witnesses, former, make_flood(street, dice), dice)
    return found


def _judge_flood(
    found: Judgement, witnesses: Witnesses, former: list[Flood], flood: Flood, dice: random.Random
) -> None:
    learned = witnesses.learned(former)
    wet = [step for step in range(60, STEPS) if flood.depth_cm[step] > 0]
    for step in sorted(dice.sample(wet, min(LOOKS, len(wet)))):
        camera = witnesses.camera(flood, step, ago=dice.randrange(30))
        people = witnesses.people(flood, step, count=dice.randrange(2, 7), longest_ago=60)
        by_height = witnesses.level(flood, step, witnesses.surveyed(), ago=dice.randrange(20))
        by_history = witnesses.level(flood, step, learned, ago=dice.randrange(20)) if learned else None
        seen = [camera] if camera else []
        looks: tuple[tuple[str, list[Evidence], GaugeLevel | None], ...] = (
            ("camera", seen, None),
            ("people", people, None),
            ("gauge, height of the road known", [], by_height),
            ("gauge, learned from history", [], by_history),
            ("camera and people", seen + people if seen and people else [], None),
            ("camera, people and gauge", seen + people if seen and people else [], by_height),
        )
        for name, evidence, level in looks:
            if name.startswith("camera, people") and not evidence:
                continue
            _add(found, name, evidence, level, flood, step)
        _judge_ahead(found, witnesses, seen + people, by_height, flood, step)


def _add(
    found: Judgement, name: str, evidence: list[Evidence], level: GaugeLevel | None, flood: Flood, step: int
) -> None:
    now = moment(step)
    depth = street_depth(evidence, level, now=now)
    if depth.answer is not DepthAnswer.KNOWN or depth.estimate is None:
        return
    found.misses[name].append(_miss(depth.estimate, flood.depth_cm[step]))
    later = now + max(VALID_FOR.values()) + timedelta(seconds=1)
    found.expired += 1
    found.outlived += street_depth(evidence, level, now=later).answer is not DepthAnswer.UNKNOWN


def _judge_ahead(
    found: Judgement, witnesses: Witnesses, evidence: list[Evidence], level: GaugeLevel, flood: Flood, step: int
) -> None:
    now: StreetDepth = street_depth(evidence, level, now=moment(step))
    for hours, there in _ahead(step):
        point = witnesses.forecast(flood, step, hours)
        for one in depths_ahead(now, level, [point] if point else [], now=moment(step)):
            found.misses[f"forecast, {hours} h ahead"].append(_miss(one.estimate, flood.depth_cm[there]))


def _ahead(step: int) -> Iterator[tuple[int, int]]:
    yield from ((hours, there) for hours in HOURS_AHEAD if (there := step + hours * 60) < STEPS)


def _miss(estimate: Estimate, true_cm: float) -> Miss:
    # Both are stated and read to the centimetre.
    low, high = round(estimate.low_cm), round(estimate.high_cm)
    return Miss(abs(estimate.shown_cm - true_cm), low <= round(true_cm) <= high, high - low)


def _score(name: str, found: list[Miss]) -> Score:
    errors = sorted(one.error_cm for one in found)
    return Score(
        evidence=name,
        n=len(found),
        p50_cm=round(errors[len(errors) // 2], 1),
        p90_cm=round(errors[int(len(errors) * 0.9)], 1),
        coverage=round(sum(one.is_inside for one in found) / len(found), 4),
        width_cm=round(sum(one.width_cm for one in found) / len(found), 1),
    )
