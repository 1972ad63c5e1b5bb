"""A city's policy on tasks: what becomes of an incident, and who it goes to first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from siaga_core.hazards import reported_only_categories

MINUTES_A_DAY = 24 * 60


class Action(StrEnum):
    """What an incident calls for."""

    IGNORE = "ignore"  # for now: more evidence is awaited
    REVIEW = "review"  # an operator looks first
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationRule:
    """One line of the policy; an empty set means any. Minutes of the local day; `until` before `from`: over night."""

    name: str
    action: Action
    priority: int | None = None
    categories: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    confidence_from: float = 0.0
    weekdays: frozenset[int] = frozenset()
    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.confidence_from <= 1:
            raise ValueError(f"expected a confidence from 0 to 1, got {self.confidence_from}")
        if self.priority is not None and not 1 <= self.priority <= 4:
            raise ValueError(f"expected a priority from 1 to 4, got {self.priority}")
        if not (0 <= self.from_minute < MINUTES_A_DAY and 0 < self.until_minute <= MINUTES_A_DAY):
            raise ValueError(f"expected minutes of a day, got {self.from_minute} to {self.until_minute}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the policy says, and the name of the rule that says it. `priority`: 1 first, 4 last."""

    action: Action
    priority: int
    rule: str


_PRIORITY_OF_SEVERITY = (("severe", 1), ("moderate", 2), ("minor", 3))
NO_RULE = "no rule"


def default_rules() -> tuple[CreationRule, ...]:
    """Return the rules of a city that has set none; a category that no sensor detects needs one honest report."""
    # The kelurahan judges on the spot what nobody but citizens sees.
    citizens_only = frozenset(one.id for one in reported_only_categories())
    return (
        CreationRule(name="citizens-sure", action=Action.TASK, categories=citizens_only, confidence_from=0.25),
        CreationRule(name="citizens-doubtful", action=Action.REVIEW, categories=citizens_only, confidence_from=0.2),
        CreationRule(name="sure", action=Action.TASK, confidence_from=0.55),
        CreationRule(name="doubtful", action=Action.REVIEW, confidence_from=0.3),
    )


def decide(
    rules: Sequence[CreationRule], *, category: str, confidence: float, severity: str, at: datetime, zone: tzinfo
) -> Decision:
    """What the first rule that fits says; without one the incident waits for more evidence."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for rule in rules:
        if (
            (not rule.categories or category in rule.categories)
            and (not rule.severities or severity in rule.severities)
            and confidence >= rule.confidence_from
            and (not rule.weekdays or local.weekday() in rule.weekdays)
            and _is_within(minute, rule.from_minute, rule.until_minute)
        ):
            return Decision(action=rule.action, priority=rule.priority or priority_of(severity), rule=rule.name)
    return Decision(action=Action.IGNORE, priority=priority_of(severity), rule=NO_RULE)


def priority_of(severity: str) -> int:
    """How urgent something is by its severity alone."""
    return dict(_PRIORITY_OF_SEVERITY).get(severity, 4)


def _is_within(minute: int, start: int, end: int) -> bool:
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who gets a task first. `crew_first`: categories that the kelurahan's own crew does where it has one."""

    crew_agency: str | None = None
    crew_first: frozenset[str] = frozenset()
    max_hops: int = 3

    def __post_init__(self) -> None:
        if self.max_hops < 1:
            raise ValueError(f"expected at least one hop, got {self.max_hops}")


def first_agency(routing: Routing, *, category: str, area_has_crew: bool, agency_of_category: str | None) -> str | None:
    """The kelurahan first, then the agency of the category."""
    if routing.crew_agency and area_has_crew and category in routing.crew_first:
        return routing.crew_agency
    return agency_of_category


def is_passed_round(routing: Routing, hops: int) -> bool:
    """Whether a task was passed on so often that an operator must say whose it is."""
    return hops > routing.max_hops
