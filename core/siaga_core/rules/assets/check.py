"""Whether a pump or gate does what the water calls for: "should run but stands" and "runs but the water does not fall".

Nothing is concluded from silence: without a current report of the asset, or without a current level where one is
needed, the check_result is unknown, and what was found before stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from siaga_core.rules.assets.state import Condition, StateSample, is_current


class AssetProblem(StrEnum):
    """What is wrong with a pump or gate."""

    FAULT = "fault"  # it reports a fault itself
    STANDING = "standing"  # the water calls for it, and it does not work
    NO_EFFECT = "no_effect"  # it runs, and the water does not fall


class Outcome(StrEnum):
    """What a check found; unknown is neither well nor an anomaly."""

    WELL = "well"
    UNKNOWN = "unknown"
    ANOMALY = "anomaly"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDuty:
    """What is asked of an asset: to be in the state `works_as` from `works_from_cm` on. None where nobody said so."""

    works_as: Condition
    works_from_cm: float | None
    rated_kw: float | None
    stale_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSample:
    """A level of the water that an asset works on."""

    at: datetime
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """How long an asset may take, and how sure each check_result is.

    A pump that takes less than `idle_power_share` of its power lifts no water, so `effect_seconds` are enough. One that
    takes its full power, or whose power nobody measures, may be outrun by the inflow: that takes `slow_effect_seconds`,
    and `doubtful_confidence` leaves the task to an operator.
    """

    grace_seconds: float = 120
    effect_seconds: float = 150
    slow_effect_seconds: float = 900
    min_fall_cm: float = 1.0
    idle_power_share: float = 0.5
    level_stale_seconds: float = 900
    below_cm: float = 5.0
    sure_confidence: float = 0.95
    doubtful_confidence: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of a check; of an anomaly the problem, since when, how sure, and the level that called for it."""

    outcome: Outcome
    problem: AssetProblem | None = None
    since: datetime | None = None
    confidence: float = 0.0
    level_cm: float | None = None


DEFAULT_POLICY = CheckPolicy()
_WELL = CheckResult(outcome=Outcome.WELL)
_UNKNOWN = CheckResult(outcome=Outcome.UNKNOWN)


def check(
    duty: AssetDuty,
    states: Sequence[StateSample],
    levels: Sequence[LevelSample],
    *,
    now: datetime,
    policy: CheckPolicy = DEFAULT_POLICY,
) -> CheckResult:
    """Return what the reports of an asset and the levels of its water say; both are in the order of time."""
    if not states or not is_current(states[-1].at, now=now, stale_seconds=duty.stale_seconds):
        return _UNKNOWN
    if states[-1].state == "fault":
        return _anomaly(AssetProblem.FAULT, _since(states, "fault"), policy.sure_confidence, levels)
    if duty.works_from_cm is None or not _is_known(levels, now=now, policy=policy):
        return _UNKNOWN
    needed_since = _needed_since(levels, duty.works_from_cm)
    if needed_since is None:
        return _WELL if levels[-1].level_cm < duty.works_from_cm - policy.below_cm else _UNKNOWN
    if states[-1].state != duty.works_as:
        return _standing(duty, states, levels, needed_since, now=now, policy=policy)
    if duty.works_as != "running":
        return _WELL
    return _effect(duty, states, levels, needed_since, now=now, policy=policy)


def _standing(
    duty: AssetDuty,
    states: Sequence[StateSample],
    levels: Sequence[LevelSample],
    needed_since: datetime,
    *,
    now: datetime,
    policy: CheckPolicy,
) -> CheckResult:
    since = max(needed_since, _last_change(states, duty.works_as))
    if now - since < timedelta(seconds=policy.grace_seconds):
        return _UNKNOWN
    return _anomaly(AssetProblem.STANDING, since, policy.sure_confidence, levels)


def _effect(
    duty: AssetDuty,
    states: Sequence[StateSample],
    levels: Sequence[LevelSample],
    needed_since: datetime,
    *,
    now: datetime,
    policy: CheckPolicy,
) -> CheckResult:
    """A pump that takes little power is judged soon and surely, another one later and doubtfully."""
    since = max(needed_since, _since(states, duty.works_as))
    idle_since = _idle_since(duty, states, policy)
    if idle_since is not None:
        idle_since = max(idle_since, since)
        if _did_not_fall(levels, idle_since, policy.effect_seconds, now=now, policy=policy):
            return _anomaly(AssetProblem.NO_EFFECT, idle_since, policy.sure_confidence, levels)
        return _UNKNOWN
    if _did_not_fall(levels, since, policy.slow_effect_seconds, now=now, policy=policy):
        return _anomaly(AssetProblem.NO_EFFECT, since, policy.doubtful_confidence, levels)
    return _WELL if _fell(levels, since, policy) else _UNKNOWN


def _did_not_fall(
    levels: Sequence[LevelSample], since: datetime, seconds: float, *, now: datetime, policy: CheckPolicy
) -> bool:
    """Whether it worked for so many seconds and the water is as high as in the first half of them."""
    window = timedelta(seconds=seconds)
    if now - since < window:
        return False
    before = [one.level_cm for one in levels if now - window <= one.at <= now - window / 2]
    return bool(before) and before[0] - levels[-1].level_cm < policy.min_fall_cm


def _fell(levels: Sequence[LevelSample], since: datetime, policy: CheckPolicy) -> bool:
    before = [one.level_cm for one in levels if one.at >= since]
    return bool(before) and max(before) - levels[-1].level_cm >= policy.min_fall_cm


def _idle_since(duty: AssetDuty, states: Sequence[StateSample], policy: CheckPolicy) -> datetime | None:
    """Since when a running pump takes too little power to lift water; None where it does not, or nobody measures it."""
    since = None
    for one in reversed(states):
        if one.state != duty.works_as or not _is_idle(duty, one, policy):
            break
        since = one.at
    return since


def _is_idle(duty: AssetDuty, state: StateSample, policy: CheckPolicy) -> bool:
    if duty.rated_kw is None or state.power_kw is None:
        return False
    running = 1.0 if state.capacity_share is None else state.capacity_share
    return state.power_kw < policy.idle_power_share * duty.rated_kw * running


def _is_known(levels: Sequence[LevelSample], *, now: datetime, policy: CheckPolicy) -> bool:
    return bool(levels) and is_current(levels[-1].at, now=now, stale_seconds=policy.level_stale_seconds)


def _needed_since(levels: Sequence[LevelSample], works_from_cm: float) -> datetime | None:
    since = None
    for one in reversed(levels):
        if one.level_cm < works_from_cm:
            break
        since = one.at
    return since


def _since(states: Sequence[StateSample], state: Condition) -> datetime:
    """Since when the newest reports all say the same."""
    since = states[-1].at
    for one in reversed(states):
        if one.state != state:
            break
        since = one.at
    return since


def _last_change(states: Sequence[StateSample], works_as: Condition) -> datetime:
    """Since when the newest reports all say that it does not work."""
    since = states[-1].at
    for one in reversed(states):
        if one.state == works_as:
            break
        since = one.at
    return since


def _anomaly(problem: AssetProblem, since: datetime, confidence: float, levels: Sequence[LevelSample]) -> CheckResult:
    level_cm = levels[-1].level_cm if levels else None
    return CheckResult(outcome=Outcome.ANOMALY, problem=problem, since=since, confidence=confidence, level_cm=level_cm)
