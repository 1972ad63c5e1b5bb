"""The city's policy: what becomes of an incident, and who it goes to first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.policy import (
    Action,
    CreationRule,
    Decision,
    Routing,
    decide,
    default_rules,
    first_agency,
    is_passed_round,
)

THURSDAY_NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
JAKARTA = timezone(timedelta(hours=7))


def by_default(
    confidence: float, severity: str = "minor", *, category: str = "flooding", at: datetime = THURSDAY_NOON
) -> Decision:
    return decide(default_rules(), category=category, confidence=confidence, severity=severity, at=at, zone=UTC)


@pytest.mark.parametrize(
    ("confidence", "severity", "expected"),
    [
        pytest.param(0.29, "severe", (Action.IGNORE, 1), id="not believed enough to bother anyone"),
        pytest.param(0.30, "minor", (Action.REVIEW, 3), id="an operator looks first"),
        pytest.param(0.54, "moderate", (Action.REVIEW, 2), id="still"),
        pytest.param(0.55, "severe", (Action.TASK, 1), id="believed"),
        pytest.param(1.00, "minor", (Action.TASK, 3), id="certain but minor"),
        pytest.param(1.00, "unheard-of", (Action.TASK, 4), id="of unknown severity: last"),
    ],
)
def test_an_incident_calls_for(confidence: float, severity: str, expected: tuple[Action, int]) -> None:
    found = by_default(confidence, severity)
    assert (found.action, found.priority) == expected


def test_the_rules_of_a_city_that_set_none_have_names() -> None:
    assert [(rule.name, rule.action, rule.confidence_from, bool(rule.categories)) for rule in default_rules()] == [
        ("citizens-sure", Action.TASK, 0.25, True),
        ("citizens-doubtful", Action.REVIEW, 0.2, True),
        ("sure", Action.TASK, 0.55, False),
        ("doubtful", Action.REVIEW, 0.3, False),
    ]
    assert by_default(0.2, category="pothole").rule == "citizens-doubtful"
    assert by_default(0.25, category="pothole").rule == "citizens-sure"


def test_what_only_citizens_see_needs_one_honest_report() -> None:
    assert by_default(0.25, category="pothole").rule == "citizens-sure"
    assert by_default(0.2, category="pothole").action is Action.REVIEW
    assert by_default(0.25, category="trash").action is Action.IGNORE


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["flooding", "trash", "pothole"]))
def test_more_confidence_never_calls_for_less(a: float, b: float, category: str) -> None:
    command = [Action.IGNORE, Action.REVIEW, Action.TASK]
    less, more = (by_default(confidence, category=category).action for confidence in sorted((a, b)))
    assert command.index(less) <= command.index(more)


@pytest.mark.parametrize(
    ("rule", "local", "fits"),
    [
        pytest.param({}, (15, 12), True, id="an empty rule fits all"),
        pytest.param({"weekdays": frozenset({3})}, (15, 12), True, id="on its day"),
        pytest.param({"weekdays": frozenset({3})}, (16, 12), False, id="the day after"),
        pytest.param({"from_minute": 720}, (15, 12), True, id="from noon, at noon"),
        pytest.param({"until_minute": 720}, (15, 12), False, id="until noon, at noon"),
        pytest.param({"from_minute": 1320, "until_minute": 300}, (15, 23), True, id="over night, before midnight"),
        pytest.param({"from_minute": 1320, "until_minute": 300}, (15, 4), True, id="over night, after midnight"),
        pytest.param({"from_minute": 1320, "until_minute": 300}, (15, 12), False, id="over night, at noon"),
        pytest.param({"categories": frozenset({"trash"})}, (15, 12), False, id="another category"),
        pytest.param({"severities": frozenset({"minor"})}, (15, 12), False, id="another severity"),
        pytest.param({"confidence_from": 0.8}, (15, 12), False, id="not sure enough"),
    ],
)
def test_a_rule_fits_by_local_day_and_hour(rule: dict[str, Any], local: tuple[int, int], fits: bool) -> None:
    at = datetime(2026, 1, *local, tzinfo=JAKARTA).astimezone(UTC)
    own = CreationRule(name="own", action=Action.TASK, priority=4, **rule)
    found = decide([own], category="flooding", confidence=0.5, severity="severe", at=at, zone=JAKARTA)
    assert (found.rule, found.priority) == (("own", 4) if fits else ("no rule", 1))


@pytest.mark.parametrize(
    "wrong", [{"confidence_from": 1.1}, {"priority": 5}, {"from_minute": 1440}, {"until_minute": 0}]
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected "):
        CreationRule(name="own", action=Action.TASK, **wrong)


@pytest.mark.parametrize(
    ("category", "has_crew", "expected"),
    [("trash", True, "ppsu"), ("trash", False, "dinas-lh"), ("flooding", True, "dinas-lh")],
)
def test_the_kelurahan_comes_first_where_it_has_a_crew(category: str, has_crew: bool, expected: str) -> None:
    routing = Routing(crew_agency="ppsu", crew_first=frozenset({"trash"}))
    assert first_agency(routing, category=category, area_has_crew=has_crew, agency_of_category="dinas-lh") == expected


def test_without_a_crew_agency_the_category_decides() -> None:
    assert first_agency(Routing(), category="trash", area_has_crew=True, agency_of_category=None) is None


def test_a_task_may_be_passed_on_three_times() -> None:
    assert [is_passed_round(Routing(), hops) for hops in (0, 1, 3, 4)] == [False, False, False, True]
    with pytest.raises(ValueError, match="at least one hop"):
        Routing(max_hops=0)


@pytest.mark.parametrize(
    "sound",
    [
        {"confidence_from": 1.0},
        {"confidence_from": 0.0},
        {"priority": 1},
        {"priority": 4},
        {"from_minute": 0, "until_minute": 1},
        {"from_minute": 1439, "until_minute": 1440},
    ],
)
def test_rules_at_the_limits_are_accepted(sound: dict[str, Any]) -> None:
    assert CreationRule(name="x", action=Action.TASK, **sound).name == "x"


@pytest.mark.parametrize(
    ("hour", "minute", "start", "end", "fits"),
    [
        (7, 30, 450, 451, True),
        (7, 31, 450, 451, False),
        (7, 29, 450, 451, False),
        (22, 0, 1320, 300, True),
        (21, 59, 1320, 300, False),
        (4, 59, 1320, 300, True),
        (5, 0, 1320, 300, False),
    ],
)
def test_a_rule_holds_from_its_first_minute_to_before_its_last(
    hour: int, minute: int, start: int, end: int, fits: bool
) -> None:
    rule = CreationRule(name="x", action=Action.TASK, from_minute=start, until_minute=end)
    at = datetime(2026, 1, 15, hour, minute, tzinfo=JAKARTA)
    found = decide([rule], category="trash", confidence=0.5, severity="minor", at=at, zone=JAKARTA)
    assert (found.rule == "x") is fits


def test_a_task_may_be_passed_on_once_at_least() -> None:
    assert is_passed_round(Routing(max_hops=1), 2)
    assert not is_passed_round(Routing(max_hops=1), 1)
    with pytest.raises(ValueError, match="expected at least one hop, got 0"):
        Routing(max_hops=0)
