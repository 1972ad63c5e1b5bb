"""The deadlines of a task: acknowledge, first action, resolve; with pauses, reminders and escalation.

A deadline runs in calendar or, where the policy says so, in working hours. Time spent paused moves the deadlines of
what was still to be done back by as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from siaga_core.hazards import SlaDefaults, all_categories
from siaga_core.rules.working_time import Calendar, add_working_seconds, working_seconds_between

HOUR_SECONDS = 3600.0
REMIND_AT_SHARE = 0.75


class DeadlineState(StrEnum):
    """The state of a deadline."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ON_TIME = "met"
    MISSED = "missed"


class Step(StrEnum):
    """The step that a deadline requires."""

    ACKNOWLEDGE = "acknowledge"
    FIRST_ACTION = "first_action"
    RESOLVE = "resolve"


class Alarm(StrEnum):
    """What happens when a deadline arrives."""

    REMIND = "remind"
    OVERDUE = "overdue"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """How long each step may take, in seconds from the task's creation; in working hours where it says so.

    `escalate_at_shares`: of the time to resolve; at each the next role is informed.
    """

    acknowledge_seconds: float = 6 * HOUR_SECONDS
    first_action_seconds: float = 24 * HOUR_SECONDS
    resolve_seconds: float = 72 * HOUR_SECONDS
    remind_at_share: float = REMIND_AT_SHARE
    escalate_at_shares: tuple[float, float, float] = (1.0, 1.5, 2.0)
    in_working_hours: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.acknowledge_seconds <= self.first_action_seconds <= self.resolve_seconds:
            raise ValueError(f"expected 0 < acknowledge <= first action <= resolve, got {self}")
        if not 0 < self.remind_at_share < 1:
            raise ValueError(f"expected a share between 0 and 1 to remind at, got {self.remind_at_share}")
        first, second, third = self.escalate_at_shares
        if not 1 <= first <= second <= third:
            raise ValueError(f"expected shares that rise from 1 on, got {self.escalate_at_shares}")

    def seconds_of(self, step: Step) -> float:
        """How long a step may take."""
        steps = (self.acknowledge_seconds, self.first_action_seconds, self.resolve_seconds)
        return dict(zip(Step, steps, strict=True))[step]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """The clocks of some categories and severities; an empty set means any."""

    policy: SlaPolicy
    categories: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()


OTHER_SLA = SlaPolicy()


def default_deadlines() -> tuple[DeadlineRule, ...]:
    """Return a rule for every category for which the registry of hazards has one; a city may set its own."""
    return tuple(
        DeadlineRule(categories=frozenset({one.id}), policy=_policy_of(one.sla))
        for one in all_categories()
        if one.sla is not None
    )


def _policy_of(hours: SlaDefaults) -> SlaPolicy:
    return SlaPolicy(
        acknowledge_seconds=hours.acknowledge_hours * HOUR_SECONDS,
        first_action_seconds=hours.first_action_hours * HOUR_SECONDS,
        resolve_seconds=hours.resolve_hours * HOUR_SECONDS,
    )


def sla_policy(rules: Sequence[DeadlineRule], *, category: str, severity: str) -> SlaPolicy:
    """The clocks of the first rule that fits, else those of everything else."""
    for rule in rules:
        fits = not rule.categories or category in rule.categories
        if fits and (not rule.severities or severity in rule.severities):
            return rule.policy
    return OTHER_SLA


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """When each step is due."""

    acknowledge_at: datetime
    first_action_at: datetime
    resolve_at: datetime

    def of(self, step: Step) -> datetime:
        """When a step is due."""
        return dict(zip(Step, (self.acknowledge_at, self.first_action_at, self.resolve_at), strict=True))[step]


def after(start: datetime, seconds: float, policy: SlaPolicy, calendar: Calendar | None) -> datetime:
    """When so many of the policy's own seconds have gone by."""
    if policy.in_working_hours and calendar is not None:
        return add_working_seconds(calendar, start, seconds)
    return start + timedelta(seconds=seconds)


def elapsed_seconds(start: datetime, end: datetime, policy: SlaPolicy, calendar: Calendar | None) -> float:
    """How many of the policy's own seconds lie between two moments."""
    if policy.in_working_hours and calendar is not None:
        return working_seconds_between(calendar, start, end)
    return (end - start).total_seconds()


def deadlines(
    started_at: datetime, policy: SlaPolicy, *, paused_seconds: float = 0.0, calendar: Calendar | None = None
) -> Deadlines:
    """When each step of a task is due; `paused_seconds` are the policy's own.

    Only an accepted task can be paused, so the deadline to acknowledge never moves: a pause cannot mend a late start.
    """

    def due(step: Step, moved: float) -> datetime:
        return after(started_at, policy.seconds_of(step) + moved, policy, calendar)

    return Deadlines(
        acknowledge_at=due(Step.ACKNOWLEDGE, 0.0),
        first_action_at=due(Step.FIRST_ACTION, paused_seconds),
        resolve_at=due(Step.RESOLVE, paused_seconds),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineEvent:
    """What happens to a deadline at a moment. `level`: of an escalation, 1 to 3; else 0."""

    at: datetime
    step: Step
    alarm: Alarm
    level: int = 0

    @property
    def name(self) -> str:
        """The same for the same event of a task, whenever it is asked: "resolve/escalate/2"."""
        return f"{self.step}/{self.alarm}/{self.level}"


def deadline_events(
    started_at: datetime,
    policy: SlaPolicy,
    *,
    done: frozenset[Step],
    paused_seconds: float = 0.0,
    calendar: Calendar | None = None,
) -> tuple[DeadlineEvent, ...]:
    """Return all future events of a task's deadlines if no further step is taken, the earliest first.

    `done`: steps that were taken already, which are silent.
    """
    events: list[DeadlineEvent] = []
    for step in Step:
        if step in done:
            continue
        moved = 0.0 if step is Step.ACKNOWLEDGE else paused_seconds
        seconds = policy.seconds_of(step)
        wanted = [(policy.remind_at_share, Alarm.REMIND, 0), (1.0, Alarm.OVERDUE, 0)]
        if step is Step.RESOLVE:
            wanted += [(share, Alarm.ESCALATE, level) for level, share in enumerate(policy.escalate_at_shares, 1)]
        events += [
            DeadlineEvent(
                at=after(started_at, share * seconds + moved, policy, calendar), step=step, alarm=alarm, level=n
            )
            for share, alarm, n in wanted
        ]
    return tuple(sorted(events, key=lambda event: event.at))


def deadline_state(
    *, started_at: datetime, due_at: datetime, done_at: datetime | None, now: datetime, remind_at_share: float
) -> DeadlineState:
    """Return the state of one deadline at `now`."""
    if done_at is not None:
        return DeadlineState.ON_TIME if done_at <= due_at else DeadlineState.MISSED
    if now > due_at:
        return DeadlineState.OVERDUE
    remind_at = started_at + (due_at - started_at) * remind_at_share
    return DeadlineState.DUE_SOON if now >= remind_at else DeadlineState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePolicy:
    """Which reasons pause the deadlines. `stopping` None: any does; others are recorded only."""

    stopping: frozenset[str] | None = None

    def stops(self, reason: str | None) -> bool:
        """Return whether a pause for this reason stops the deadlines."""
        return self.stopping is None or (reason is not None and reason in self.stopping)
