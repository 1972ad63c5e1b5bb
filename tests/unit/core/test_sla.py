"""The clocks of a task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.sla import ClockState, SlaPolicy, clock, deadlines, escalation_level, sla_policy

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


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
    due = deadlines(AT, sla_policy(category))
    hours = [(at - AT) / HOUR for at in (due.acknowledge_at, due.first_action_at, due.resolve_at)]
    assert hours == [acknowledge, first_action, resolve]


def test_a_city_may_set_its_own_hours() -> None:
    own = SlaPolicy(acknowledge_seconds=1, first_action_seconds=2, resolve_seconds=3)
    assert sla_policy("trash", {"trash": own}) is own
    assert sla_policy("flooding", {"trash": own}) == SlaPolicy()


def test_a_pause_moves_what_was_still_to_be_done_but_cannot_mend_a_late_start() -> None:
    plain, paused = (deadlines(AT, SlaPolicy(), paused_seconds=seconds) for seconds in (0, 5400))
    assert paused.acknowledge_at == plain.acknowledge_at
    assert paused.first_action_at == plain.first_action_at + 1.5 * HOUR
    assert paused.resolve_at == plain.resolve_at + 1.5 * HOUR


@pytest.mark.parametrize(
    ("hours", "done", "state"),
    [
        pytest.param(0, None, ClockState.RUNNING, id="just made"),
        pytest.param(2.99, None, ClockState.RUNNING, id="before the reminder"),
        pytest.param(3, None, ClockState.DUE_SOON, id="at the reminder"),
        pytest.param(4, None, ClockState.DUE_SOON, id="on the dot"),
        pytest.param(4.01, None, ClockState.OVERDUE, id="too late"),
        pytest.param(9, 1, ClockState.MET, id="done in time, asked later"),
        pytest.param(9, 4, ClockState.MET, id="done on the dot"),
        pytest.param(9, 4.01, ClockState.MISSED, id="done too late"),
    ],
)
def test_a_clock_of_four_hours_that_reminds_at_three_quarters(
    hours: float, done: float | None, state: ClockState
) -> None:
    stands = clock(
        started_at=AT,
        due_at=AT + 4 * HOUR,
        done_at=None if done is None else AT + done * HOUR,
        now=AT + hours * HOUR,
        remind_at_share=0.75,
    )
    assert stands is state


@given(st.floats(0, 100), st.floats(0, 100))
def test_an_open_clock_only_gets_worse(a: float, b: float) -> None:
    order = [ClockState.RUNNING, ClockState.DUE_SOON, ClockState.OVERDUE]
    before, after = (
        order.index(
            clock(started_at=AT, due_at=AT + 40 * HOUR, done_at=None, now=AT + hours * HOUR, remind_at_share=0.5)
        )
        for hours in sorted((a, b))
    )
    assert before <= after


@pytest.mark.parametrize(
    ("hours", "level"),
    [
        (-1, 0),  # a clock that is set back
        (3.99, 0),
        (4, 1),  # lurah
        (5.99, 1),
        (6, 2),  # camat
        (7.99, 2),
        (8, 3),  # walikota or head of the agency
        (1000, 3),
    ],
)
def test_an_unfinished_task_of_four_hours_has_climbed(hours: float, level: int) -> None:
    assert escalation_level(started_at=AT, due_at=AT + 4 * HOUR, now=AT + hours * HOUR) == level


def test_a_task_without_time_to_resolve_does_not_climb() -> None:
    assert escalation_level(started_at=AT, due_at=AT, now=AT + HOUR) == 0


@pytest.mark.parametrize(
    "seconds",
    [
        {"acknowledge_seconds": 0},
        {"acknowledge_seconds": 7, "first_action_seconds": 6},
        {"first_action_seconds": 7, "acknowledge_seconds": 1, "resolve_seconds": 6},
    ],
    ids=["no time at all", "first action before acknowledging", "resolved before the first action"],
)
def test_hours_out_of_order_are_refused(seconds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^expected 0 < acknowledge <= first action <= resolve, got SlaPolicy"):
        SlaPolicy(**seconds)
