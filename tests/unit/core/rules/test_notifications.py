"""Which notices go out now and which together: nothing is lost, nothing is told twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.notifications import Bucket, Pace, Storm, StormPolicy, WaitingNotification, full, plan, step

NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)
PACE = Pace(burst=3, refill_seconds=10, storm_refill_seconds=60)


def waiting(name: str, group: str = "manggarai/flooding", priority: int = 2, after: float = 0) -> WaitingNotification:
    return WaitingNotification(id=name, group=group, priority=priority, due_at=NOW + timedelta(seconds=after))


def reported(
    *notifications: WaitingNotification, tokens: float = 3, storm: bool = False, later: float = 0
) -> list[str]:
    """Each message as the ids in it."""
    bucket = Bucket(tokens=tokens, at=NOW)
    found = plan(notifications, bucket, PACE, storm=storm, now=NOW + timedelta(seconds=later))
    return ["+".join(one.id for one in message.notifications) for message in found.messages]


@pytest.mark.parametrize(
    ("notifications", "more", "expected"),
    [
        pytest.param([], {}, [], id="nothing to tell"),
        pytest.param([waiting("a"), waiting("b")], {}, ["a", "b"], id="in calm each on its own"),
        pytest.param([waiting(n) for n in "abcd"], {}, ["a+b+c+d"], id="too many of a group: one message"),
        pytest.param(
            [waiting("a", "x"), waiting("b", "y"), waiting("c", "x"), waiting("d", "z"), waiting("e", "w")],
            {},
            ["a+c", "b", "d+e"],
            id="too many groups: the rest is a digest",
        ),
        pytest.param([waiting("a")], {"tokens": 0.5}, [], id="no token: wait"),
        pytest.param([waiting("a")], {"tokens": 0.5, "later": 5}, ["a"], id="until one has come"),
        pytest.param([waiting("a")], {"tokens": 0, "later": 30, "storm": True}, [], id="slower in a storm"),
        pytest.param([waiting("a"), waiting("b")], {"storm": True}, ["a+b"], id="in a storm groups always"),
        pytest.param(
            [waiting("a", priority=1), waiting("b")], {"tokens": 0}, ["a+b"], id="urgent takes its group along"
        ),
        pytest.param(
            [waiting("a", "x", 1), waiting("b", "y")], {"tokens": -2}, ["a"], id="urgent goes ahead, the rest waits"
        ),
        pytest.param([waiting("a", "x", 1)], {"tokens": -3}, [], id="but not without end"),
        pytest.param(
            [waiting("a", "x", 1), waiting("b", "y", 1), waiting("c", "z")],
            {"tokens": 1},
            ["a", "b"],
            id="a second urgent one is not buried in a digest",
        ),
        pytest.param(
            [waiting("late", priority=3), waiting("first", priority=2, after=9), waiting("c"), waiting("d", "y")],
            {"tokens": 2},
            ["c+first+late", "d"],
            id="the most urgent heads, then the oldest",
        ),
    ],
)
def test_an_audience_is_notified(
    notifications: list[WaitingNotification], more: dict[str, Any], expected: list[str]
) -> None:
    assert reported(*notifications, **more) == expected


def test_a_message_states_how_many_more_it_lists() -> None:
    found = plan([waiting(str(n)) for n in range(38)], full(PACE, NOW), PACE, storm=True, now=NOW)
    assert [message.more for message in found.messages] == [37]
    assert found.bucket == Bucket(tokens=2, at=NOW)


arrivals = st.lists(st.tuples(st.integers(0, 600), st.sampled_from("wxyz"), st.integers(1, 4)), min_size=1, max_size=40)


@given(arrivals, st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 6))
def test_every_notification_ends_up_in_exactly_one_message(
    made: list[tuple[int, str, int]], storms: list[bool], burst: int
) -> None:
    pace = Pace(burst=burst, refill_seconds=10, storm_refill_seconds=60)
    notifications = [waiting(str(n), group, priority, after) for n, (after, group, priority) in enumerate(made)]
    bucket, gone, messages, now = full(pace, NOW), Counter[str](), 0, NOW
    for turn in range(400):
        if gone.total() == len(notifications):
            break
        due = [one for one in notifications if one.due_at <= now and one.id not in gone]
        found = plan(due, bucket, pace, storm=storms[turn // 40 % len(storms)], now=now)
        for message in found.messages:
            gone.update(one.id for one in message.notifications)
        bucket, messages, now = found.bucket, messages + len(found.messages), now + timedelta(seconds=5)
        assert -burst - 1 <= bucket.tokens <= burst
    assert gone == Counter({one.id: 1 for one in notifications})
    assert messages <= 2 * burst + 1 + 2000 / 10


@given(arrivals)
def test_in_a_storm_there_are_few_messages(made: list[tuple[int, str, int]]) -> None:
    notifications = [waiting(str(n), group, priority) for n, (_, group, priority) in enumerate(made)]
    assert len(plan(notifications, full(PACE, NOW), PACE, storm=True, now=NOW).messages) <= 4


POLICY = StormPolicy(window_seconds=60, begins_at=10, ends_below=4, calm_seconds=120, hold_seconds=600)


def weather(*counts: int, start: Storm | None = None) -> str:
    """Whether there is a storm after each minute: S or a dot."""
    storm, seen = start or Storm(on=False, since=NOW), ""
    for minute, count in enumerate(counts):
        storm = step(storm, count, POLICY, now=NOW + timedelta(minutes=minute))
        seen += "S" if storm.on else "."
    return seen


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((0, 9, 10, 9), "..SS", id="it begins at its number and does not end just below"),
        pytest.param((10, 3, 3, 3, 3), "SSS..", id="it ends after two calm minutes"),
        pytest.param((10, 3, 4, 3, 3, 3), "SSSSS.", id="a gust begins the calm anew"),
        pytest.param((10, 3, 3, 3, 10), "SSS.S", id="it may come again"),
    ],
)
def test_a_storm_by_rate(counts: tuple[int, ...], expected: str) -> None:
    assert weather(*counts) == expected


def test_what_an_operator_decided_holds_for_a_while() -> None:
    held = Storm(on=False, since=NOW, hold_until=NOW + timedelta(minutes=2))
    assert weather(50, 50, 50, start=held) == "..S"


@pytest.mark.parametrize("wrong", [{"burst": 0}, {"refill_seconds": 0}, {"refill_seconds": 200}])
def test_paces_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected a burst"):
        Pace(**wrong)


@pytest.mark.parametrize("wrong", [{"ends_below": 60}, {"ends_below": 0}, {"calm_seconds": 0}])
def test_storms_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected a storm"):
        StormPolicy(**wrong)


def test_a_storm_remembers_when_it_began_and_when_it_became_calm() -> None:
    policy = StormPolicy()
    later, calm, over = (NOW + timedelta(seconds=seconds) for seconds in (60, 120, 720))
    began = step(Storm(on=False, since=NOW), policy.begins_at, policy, now=later)
    assert began == Storm(on=True, since=later)
    goes_on = step(began, policy.ends_below, policy, now=calm)
    assert goes_on == Storm(on=True, since=later)
    calmer = step(began, policy.ends_below - 1, policy, now=calm)
    assert calmer == Storm(on=True, since=later, calm_since=calm)
    assert step(calmer, 0, policy, now=over) == Storm(on=False, since=over)
    assert step(calmer, 0, policy, now=over - timedelta(seconds=1)) == calmer


def test_the_smallest_storms_that_make_sense() -> None:
    policy = StormPolicy(begins_at=2, ends_below=1, window_seconds=1.0, calm_seconds=1.0)
    assert step(Storm(on=False, since=NOW), 2, policy, now=NOW).on
