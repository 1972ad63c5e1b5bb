"""From what operators found of a camera's alarms: would a higher threshold have been better, and at what price?

Only alarms that were raised can be judged, so verdicts can speak for a higher threshold and never for a lower one.
The price is shown with it: how many confirmed alarms would have been lost, with the interval that so few verdicts
leave open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

_STEP = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlarm:
    """An alarm of a camera, how sure the camera was (0..1), and whether an operator found it to be true."""

    camera: str
    hazard: str
    label: str
    score: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPolicy:
    """When a threshold is proposed. Shares are 0..1.

    `max_lost_share`: of confirmed alarms that may be given up. `max_threshold`: above it a camera would be blind.
    `min_threshold`: the models' own are up to there, and a score is the mean of a whole stay, so it may lie below.
    """

    min_verdicts: int = 20
    min_false_alarms: int = 5
    max_lost_share: float = 0.05
    max_threshold: float = 0.9
    min_threshold: float = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How many of `of` alarms fall below a threshold, and the 95 % interval of that share."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest share that fits the count (Wilson)."""
        return wilson(self.count, self.of)


Outcome = Literal["proposed", "too_few_verdicts", "no_gain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """For one camera and hazard. `threshold` is None unless `outcome` is proposed; then nothing is lost or avoided."""

    camera: str
    hazard: str
    labels: tuple[str, ...]
    outcome: Outcome
    threshold: float | None
    lost: Effect
    avoided: Effect


def wilson(count: int, of: int, *, z: float = 1.96) -> tuple[float, float]:
    """Interval of a share from a count; all of 0..1 where nothing was counted."""
    if of == 0:
        return (0.0, 1.0)
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return (max(0.0, middle - half), min(1.0, middle + half))


def proposals(judged: Iterable[JudgedAlarm], policy: TuningPolicy | None = None) -> tuple[Proposal, ...]:
    """One for each camera and hazard that has verdicts, in their order by name."""
    policy = policy or TuningPolicy()
    groups: dict[tuple[str, str], list[JudgedAlarm]] = {}
    for one in judged:
        groups.setdefault((one.camera, one.hazard), []).append(one)
    return tuple(_propose(groups[key], policy) for key in sorted(groups))


def _propose(group: Sequence[JudgedAlarm], policy: TuningPolicy) -> Proposal:
    wrong = [one.score for one in group if not one.confirmed]
    if len(group) < policy.min_verdicts or len(wrong) < policy.min_false_alarms:
        return _proposal(group, "too_few_verdicts", None)
    threshold = _best(group, wrong, policy)
    return _proposal(group, "no_gain" if threshold is None else "proposed", threshold)


def _best(group: Sequence[JudgedAlarm], wrong: Sequence[float], policy: TuningPolicy) -> float | None:
    """The lowest threshold that avoids the most false alarms within the price; None where chance explains the gain."""
    right = [one.score for one in group if one.confirmed]
    for threshold in sorted({_just_above(score) for score in wrong}, reverse=True):
        lost, avoided = _below(right, threshold), _below(wrong, threshold)
        cheap = lost.count <= policy.max_lost_share * len(right)
        fits = policy.min_threshold <= threshold <= policy.max_threshold
        if fits and cheap and avoided.interval[0] > policy.max_lost_share:
            return threshold
    return None


def _just_above(score: float) -> float:
    return round((math.floor(score / _STEP + 1e-9) + 1) * _STEP, 3)


def _below(scores: Sequence[float], threshold: float) -> Effect:
    return Effect(count=sum(score < threshold for score in scores), of=len(scores))


def _proposal(group: Sequence[JudgedAlarm], outcome: Outcome, threshold: float | None) -> Proposal:
    cut = 0.0 if threshold is None else threshold
    return Proposal(
        camera=group[0].camera,
        hazard=group[0].hazard,
        labels=tuple(sorted({one.label for one in group})),
        outcome=outcome,
        threshold=threshold,
        lost=_below([one.score for one in group if one.confirmed], cut),
        avoided=_below([one.score for one in group if not one.confirmed], cut),
    )
