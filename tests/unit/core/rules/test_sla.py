"""The clocks of a task."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.sla import (
    OTHER_SLA,
    Alarm,
    DeadlineRule,
    DeadlineState,
    PausePolicy,
    SlaPolicy,
    Step,
    deadline_events,
    deadline_state,
    deadlines,
    default_deadlines,
    elapsed_seconds,
    sla_policy,
)
from siaga_core.rules.working_time import Calendar

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)  # a Thursday
HOUR = timedelta(hours=1)
JAKARTA = timezone(timedelta(hours=7))
OFFICE = Calendar(zone=JAKARTA, hours={day: (time(8), time(16)) for day in range(5)})


@pytest.mark.parametrize(
    ("category", "acknowledge", "first_action", "resolve"),
    [
        ("flooding", 0.5, 1, 24),
        ("illegal_parking", 0.5, 2, 6),
        ("trash", 6, 24, 72),
        ("a category of another city", 6, 24, 72),
    ],
)
def test_hours_of(category: str, acknowledge: float, first_action: float, resolve: float) -> None:
    due = deadlines(AT, sla_policy(default_deadlines(), category=category, severity="minor"))
    hours = [(due.of(step) - AT) / HOUR for step in Step]
    assert hours == [acknowledge, first_action, resolve]


@pytest.mark.parametrize(
    ("category", "severity", "expected"),
    [
        pytest.param("flooding", "severe", 1, id="both fit"),
        pytest.param("flooding", "minor", 2, id="the category fits"),
        pytest.param("trash", "severe", 3, id="the severity fits"),
        pytest.param("trash", "minor", None, id="nothing fits"),
    ],
)
def test_the_first_rule_that_fits_counts(category: str, severity: str, expected: int | None) -> None:
    own = {n: SlaPolicy(acknowledge_seconds=n, first_action_seconds=n, resolve_seconds=n) for n in (1, 2, 3)}
    rules = (
        DeadlineRule(categories=frozenset({"flooding"}), severities=frozenset({"severe"}), policy=own[1]),
        DeadlineRule(categories=frozenset({"flooding"}), policy=own[2]),
        DeadlineRule(severities=frozenset({"severe"}), policy=own[3]),
    )
    assert sla_policy(rules, category=category, severity=severity) is (OTHER_SLA if expected is None else own[expected])


def test_a_pause_moves_what_remained_to_be_done_but_cannot_mend_a_late_start() -> None:
    plain, paused = (deadlines(AT, SlaPolicy(), paused_seconds=seconds) for seconds in (0, 5400))
    assert paused.acknowledge_at == plain.acknowledge_at
    assert paused.first_action_at == plain.first_action_at + 1.5 * HOUR
    assert paused.resolve_at == plain.resolve_at + 1.5 * HOUR


def test_working_hours_pause_over_night() -> None:
    policy = SlaPolicy(
        acknowledge_seconds=3600, first_action_seconds=2 * 3600, resolve_seconds=9 * 3600, in_working_hours=True
    )
    due = deadlines(AT, policy, calendar=OFFICE)  # it is 15:00 in Jakarta, an hour before closing
    assert due.acknowledge_at == AT + HOUR
    assert due.first_action_at == datetime(2026, 1, 16, 9, tzinfo=JAKARTA)
    assert due.resolve_at == datetime(2026, 1, 16, 16, tzinfo=JAKARTA)
    assert elapsed_seconds(AT, AT + 24 * HOUR, policy, OFFICE) == 8 * 3600
    assert elapsed_seconds(AT, AT + 24 * HOUR, policy, None) == 24 * 3600, "without a calendar every hour counts"
    assert elapsed_seconds(AT, AT + 24 * HOUR, SlaPolicy(), OFFICE) == 24 * 3600


def test_what_deadlines_do_and_when() -> None:
    policy = SlaPolicy(acknowledge_seconds=3600, first_action_seconds=7200, resolve_seconds=4 * 3600)
    events = [((event.at - AT) / HOUR, event.name) for event in deadline_events(AT, policy, done=frozenset())]
    assert events == [
        (0.75, "acknowledge/remind/0"),
        (1, "acknowledge/overdue/0"),
        (1.5, "first_action/remind/0"),
        (2, "first_action/overdue/0"),
        (3, "resolve/remind/0"),
        (4, "resolve/overdue/0"),
        (4, "resolve/escalate/1"),  # lurah
        (6, "resolve/escalate/2"),  # camat
        (8, "resolve/escalate/3"),  # walikota or head of the agency
    ]


def test_a_completed_step_is_silent_and_a_pause_moves_the_rest() -> None:
    events = deadline_events(
        AT, SlaPolicy(), done=frozenset({Step.ACKNOWLEDGE, Step.FIRST_ACTION}), paused_seconds=3600
    )
    assert {event.step for event in events} == {Step.RESOLVE}
    assert [event.at - AT for event in events if event.alarm is Alarm.OVERDUE] == [73 * HOUR]


def test_a_pause_moves_every_alarm_but_those_of_acknowledging() -> None:
    calm = {event.name: event.at for event in deadline_events(AT, SlaPolicy(), done=frozenset())}
    paused = {event.name: event.at for event in deadline_events(AT, SlaPolicy(), done=frozenset(), paused_seconds=3600)}
    moved = {name: (paused[name] - at) / HOUR for name, at in calm.items()}
    assert moved == {name: 0 if name.startswith("acknowledge/") else 1 for name in calm}


@pytest.mark.parametrize("shares", [(1.0, 1.0, 1.0), (1.0, 1.0, 2.0), (1.0, 2.0, 2.0)])
def test_escalations_may_come_together(shares: tuple[float, float, float]) -> None:
    assert SlaPolicy(escalate_at_shares=shares).escalate_at_shares == shares


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_reminder_at_the_very_start_or_end_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="expected a share between 0 and 1 to remind at"):
        SlaPolicy(remind_at_share=share)


def test_clock_hours_ignore_a_calendar() -> None:
    calendar = Calendar(zone=JAKARTA, hours={day: (time(8), time(9)) for day in range(7)})
    assert deadlines(AT, SlaPolicy(), calendar=calendar) == deadlines(AT, SlaPolicy())


@pytest.mark.parametrize(
    ("stopping", "reason", "stops"),
    [
        (None, None, True),
        (None, "rain", True),
        (frozenset({"rain"}), "rain", True),
        (frozenset({"rain"}), "lunch", False),
        (frozenset({"rain"}), None, False),
        (frozenset(), "rain", False),
    ],
)
def test_only_reasons_that_the_policy_allows_stop_the_deadline(
    stopping: frozenset[str] | None, reason: str | None, stops: bool
) -> None:
    assert PausePolicy(stopping=stopping).stops(reason) is stops


@pytest.mark.parametrize(
    ("hours", "done", "state"),
    [
        pytest.param(0, None, DeadlineState.RUNNING, id="just made"),
        pytest.param(2.99, None, DeadlineState.RUNNING, id="before the reminder"),
        pytest.param(3, None, DeadlineState.DUE_SOON, id="at the reminder"),
        pytest.param(4, None, DeadlineState.DUE_SOON, id="on the dot"),
        pytest.param(4.01, None, DeadlineState.OVERDUE, id="too late"),
        pytest.param(9, 1, DeadlineState.ON_TIME, id="done in time, asked later"),
        pytest.param(9, 4, DeadlineState.ON_TIME, id="done on the dot"),
        pytest.param(9, 4.01, DeadlineState.MISSED, id="done too late"),
    ],
)
def test_a_deadline_of_four_hours_that_reminds_at_three_quarters(
    hours: float, done: float | None, state: DeadlineState
) -> None:
    stands = deadline_state(
        started_at=AT,
        due_at=AT + 4 * HOUR,
        done_at=None if done is None else AT + done * HOUR,
        now=AT + hours * HOUR,
        remind_at_share=0.75,
    )
    assert stands is state


@given(st.floats(0, 100), st.floats(0, 100))
def test_an_open_deadline_only_gets_worse(a: float, b: float) -> None:
    command = [DeadlineState.RUNNING, DeadlineState.DUE_SOON, DeadlineState.OVERDUE]
    before, after = (
        command.index(
            deadline_state(
                started_at=AT, due_at=AT + 40 * HOUR, done_at=None, now=AT + hours * HOUR, remind_at_share=0.5
            )
        )
        for hours in sorted((a, b))
    )
    assert before <= after


@pytest.mark.parametrize(
    "seconds",
    [
        {"acknowledge_seconds": 0},
        {"acknowledge_seconds": 7, "first_action_seconds": 6},
        {"first_action_seconds": 7, "acknowledge_seconds": 1, "resolve_seconds": 6},
    ],
    ids=["no time at all", "first action before acknowledging", "resolved before the first action"],
)
def test_hours_that_end_before_they_begin_are_refused(seconds: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^expected 0 < acknowledge <= first action <= resolve, got SlaPolicy"):
        SlaPolicy(**seconds)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"remind_at_share": 1.0}, "expected a share between 0 and 1"),
        ({"escalate_at_shares": (0.5, 1.0, 2.0)}, "expected shares that rise from 1 on"),
        ({"escalate_at_shares": (1.0, 2.0, 1.5)}, "expected shares that rise from 1 on"),
    ],
)
def test_shares_that_make_no_sense_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SlaPolicy(**wrong)
