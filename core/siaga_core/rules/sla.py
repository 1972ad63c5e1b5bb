"""The clocks of a task: acknowledge, first action, resolve; with pauses, reminders and escalation.

Wall-clock hours. Time spent paused moves the deadlines of what was still to be done back by as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOUR_SECONDS = 3600.0


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """How long each step may take, in seconds from the task's creation."""

    acknowledge_seconds: float = 6 * HOUR_SECONDS
    first_action_seconds: float = 24 * HOUR_SECONDS
    resolve_seconds: float = 72 * HOUR_SECONDS
    remind_at_share: float = 0.75

    def __post_init__(self) -> None:
        if not 0 < self.acknowledge_seconds <= self.first_action_seconds <= self.resolve_seconds:
            raise ValueError(f"expected 0 < acknowledge <= first action <= resolve, got {self}")


# Start values of the civic reference (section 5.5); a city may set its own.
DEFAULT_SLA: Mapping[str, SlaPolicy] = {
    "flooding": SlaPolicy(
        acknowledge_seconds=0.5 * HOUR_SECONDS,
        first_action_seconds=HOUR_SECONDS,
        resolve_seconds=24 * HOUR_SECONDS,
    ),
    "illegal_parking": SlaPolicy(
        acknowledge_seconds=0.5 * HOUR_SECONDS,
        first_action_seconds=2 * HOUR_SECONDS,
        resolve_seconds=6 * HOUR_SECONDS,
    ),
}
OTHER_SLA = SlaPolicy()

# Shares of the resolve time at which the next one up is told: lurah, camat, walikota or head of the agency.
ESCALATION_SHARES = (1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """When each step is due."""

    acknowledge_at: datetime
    first_action_at: datetime
    resolve_at: datetime


def sla_policy(category: str, policies: Mapping[str, SlaPolicy] = DEFAULT_SLA) -> SlaPolicy:
    """The clocks of a category."""
    return policies.get(category, OTHER_SLA)


def deadlines(created_at: datetime, policy: SlaPolicy, *, paused_seconds: float = 0.0) -> Deadlines:
    """When each step of a task is due.

    Only an accepted task can be paused, so the deadline to acknowledge never moves: a pause cannot mend a late start.
    """
    start = created_at + timedelta(seconds=paused_seconds)
    return Deadlines(
        acknowledge_at=created_at + timedelta(seconds=policy.acknowledge_seconds),
        first_action_at=start + timedelta(seconds=policy.first_action_seconds),
        resolve_at=start + timedelta(seconds=policy.resolve_seconds),
    )


def clock(
    *, started_at: datetime, due_at: datetime, done_at: datetime | None, now: datetime, remind_at_share: float
) -> ClockState:
    """How one clock stands at `now`."""
    if done_at is not None:
        return ClockState.MET if done_at <= due_at else ClockState.MISSED
    if now > due_at:
        return ClockState.OVERDUE
    remind_at = started_at + (due_at - started_at) * remind_at_share
    return ClockState.DUE_SOON if now >= remind_at else ClockState.RUNNING


def escalation_level(*, started_at: datetime, due_at: datetime, now: datetime) -> int:
    """How many steps up an unfinished task has climbed: 0 to 3."""
    whole = (due_at - started_at).total_seconds()
    used = (now - started_at).total_seconds()
    return sum(used >= share * whole for share in ESCALATION_SHARES) if whole > 0 else 0
