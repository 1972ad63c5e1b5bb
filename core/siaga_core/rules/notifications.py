"""Which notices go out now, and which of them together: a storm of alarms becomes few messages and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

URGENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNotification:
    """A notice that is due. `group`: area and category; `priority`: 1 first, 4 last."""

    id: str
    group: str
    priority: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many messages one audience receives: a burst, then a message each `refill_seconds`; in a storm less often.

    An urgent notice does not wait for its token, but is counted: `burst` of them at most are owed.
    """

    burst: int = 6
    refill_seconds: float = 30.0
    storm_refill_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.burst < 1 or not 0 < self.refill_seconds <= self.storm_refill_seconds:
            raise ValueError(f"expected a burst and times between messages that are longer in a storm, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many messages an audience may get at a moment; below 0 where urgent ones went ahead."""

    tokens: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Notifications that are sent as one message; the first one heads it."""

    notifications: tuple[WaitingNotification, ...]

    @property
    def more(self) -> int:
        """How many it lists besides the first."""
        return len(self.notifications) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one audience is notified of now; whatever is in no message waits for the next plan."""

    messages: tuple[Message, ...]
    bucket: Bucket


def full(pace: Pace, now: datetime) -> Bucket:
    """Return the bucket of an audience that received nothing for long."""
    return Bucket(tokens=float(pace.burst), at=now)


def plan(waiting: Iterable[WaitingNotification], bucket: Bucket, pace: Pace, *, storm: bool, now: datetime) -> Plan:
    """What goes to one audience now.

    In calm, each notice is a message as long as there is a token for each. Otherwise those of one group become one
    message, the most urgent group first, and with the last token all that is left goes as one digest. An urgent notice
    takes its group along at once, with or without a token.
    """
    tokens = _refilled(bucket, pace, storm=storm, now=now)
    ordered = sorted(waiting, key=lambda one: (one.priority, one.due_at, one.id))
    if not storm and len(ordered) <= tokens:
        messages = [Message(notifications=(one,)) for one in ordered]
    else:
        messages = _grouped(ordered, tokens, floor=-float(pace.burst))
    return Plan(messages=tuple(messages), bucket=Bucket(tokens=tokens - len(messages), at=max(now, bucket.at)))


def _refilled(bucket: Bucket, pace: Pace, *, storm: bool, now: datetime) -> float:
    each = pace.storm_refill_seconds if storm else pace.refill_seconds
    gained = max(0.0, (now - bucket.at).total_seconds()) / each
    return min(float(pace.burst), bucket.tokens + gained)


def _grouped(ordered: Sequence[WaitingNotification], tokens: float, *, floor: float) -> list[Message]:
    groups = _by_group(ordered)
    messages: list[Message] = []
    while groups and (tokens >= 1 or (groups[0][0].priority == URGENT and tokens > floor)):
        is_last = tokens < 2 and not (len(groups) > 1 and groups[1][0].priority == URGENT and tokens - 1 > floor)
        chosen = [one for group in groups for one in group] if is_last and tokens >= 1 else groups[0]
        groups = [] if len(chosen) > len(groups[0]) else groups[1:]
        messages.append(Message(notifications=tuple(chosen)))
        tokens -= 1
    return messages


def _by_group(ordered: Sequence[WaitingNotification]) -> list[list[WaitingNotification]]:
    """The groups, that of the most urgent notice first."""
    by_name = sorted(ordered, key=lambda one: one.group)
    groups = [list(members) for _, members in groupby(by_name, key=lambda one: one.group)]
    ranked = [sorted(members, key=lambda one: (one.priority, one.due_at, one.id)) for members in groups]
    return sorted(ranked, key=lambda members: (members[0].priority, members[0].due_at, members[0].id))


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPolicy:
    """From how many notices within the window it is a storm, and below how many for how long it is over."""

    window_seconds: float = 300.0
    begins_at: int = 60
    ends_below: int = 20
    calm_seconds: float = 600.0
    hold_seconds: float = 1800.0

    def __post_init__(self) -> None:
        if not (0 < self.ends_below < self.begins_at and min(self.window_seconds, self.calm_seconds) > 0):
            raise ValueError(f"expected a storm to end below where it begins, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """How the storm stands. `since`: of this state; `calm_since`: since when there are few enough to end it.

    `hold_until`: an operator decided; until then the count changes nothing.
    """

    on: bool
    since: datetime
    calm_since: datetime | None = None
    hold_until: datetime | None = None


def step(storm: Storm, count: int, policy: StormPolicy, *, now: datetime) -> Storm:
    """The storm after `count` notices were made within the window."""
    if storm.hold_until is not None and now < storm.hold_until:
        return storm
    if not storm.on:
        return Storm(on=True, since=now) if count >= policy.begins_at else storm
    if count >= policy.ends_below:
        return Storm(on=True, since=storm.since)
    calm_since = storm.calm_since or now
    if now - calm_since >= timedelta(seconds=policy.calm_seconds):
        return Storm(on=False, since=now)
    return Storm(on=True, since=storm.since, calm_since=calm_since)
