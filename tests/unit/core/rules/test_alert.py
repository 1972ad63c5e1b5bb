"""When people are warned and when it is over: raised at once, one all-clear, never flapping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.alert import (
    Alert,
    AlertLevel,
    AlertPolicy,
    Decision,
    ExpectedStage,
    GaugeState,
    Kind,
    Situation,
    Why,
    assess,
    step,
    unknown_gauges,
)
from siaga_core.rules.trust.certainty import Certainty

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
POLICY = AlertPolicy()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_coming(stage: int, *, after: float = 120, gauge: str = "manggarai", now: datetime = AT) -> ExpectedStage:
    at = now + minutes(after)
    return ExpectedStage(gauge_id=gauge, stage=stage, at=at, earliest_at=at - minutes(30), latest_at=at + minutes(60))


def play(seen: Sequence[Situation], *, each: float = 10) -> list[tuple[datetime, Decision, Alert | None]]:
    """What is told when these come one after the other, `each` minutes apart."""
    alert: Alert | None = None
    reported = []
    for number, situation in enumerate(seen):
        now = AT + minutes(number * each)
        alert, decision = step(alert, situation, POLICY, now=now)
        if decision is not None:
            reported.append((now, decision, alert))
    return reported


def kinds(seen: Sequence[Situation], *, each: float = 10) -> list[str]:
    return [decision.kind for _, decision, _ in play(seen, each=each)]


def whys(seen: Sequence[Situation], *, each: float = 10) -> list[str]:
    return [decision.why for _, decision, _ in play(seen, each=each)]


CALM = Situation()
ENDS_AND_OTHERS: list[tuple[Kind, Why]] = [
    ("all_clear", "over"), ("update", "lapsed"), ("update", "unknown"), ("raise", "begins"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "level"),
    [
        pytest.param(CALM, AlertLevel.NONE, id="nothing"),
        pytest.param(Situation(stage=3), AlertLevel.ADVISORY, id="Siaga 3"),
        pytest.param(Situation(stage=2), AlertLevel.WARNING, id="Siaga 2"),
        pytest.param(Situation(stage=1), AlertLevel.DANGER, id="Siaga 1"),
        pytest.param(Situation(coming=a_coming(1)), AlertLevel.WARNING, id="Siaga 1 is coming: not yet danger"),
        pytest.param(Situation(coming=a_coming(2)), AlertLevel.ADVISORY, id="Siaga 2 is coming"),
        pytest.param(Situation(flood=1), AlertLevel.ADVISORY, id="water is told of"),
        pytest.param(Situation(flood=2), AlertLevel.WARNING, id="to the knee"),
        pytest.param(Situation(flood=3), AlertLevel.DANGER, id="to the chest"),
        pytest.param(Situation(flood=4, stage=3), AlertLevel.DANGER, id="the worst of all counts"),
    ],
)
def test_a_level_follows_from_the_worst_that_is_known(situation: Situation, level: AlertLevel) -> None:
    alert, decision = step(None, situation, POLICY, now=AT)
    assert (alert.level if alert else AlertLevel.NONE) == level
    assert (decision is None) == (level is AlertLevel.NONE)


def test_the_worst_gauge_and_the_soonest_of_the_worst_arrivals_speak() -> None:
    message = assess(
        [
            GaugeState(id="a", stage=3, coming=(a_coming(2, after=60, gauge="a"),)),
            GaugeState(id="b", stage=4, coming=(a_coming(1, after=200, gauge="b"),)),
            GaugeState(id="c", stage=4, coming=(a_coming(1, after=100, gauge="c"),)),
            GaugeState(id="calm", stage=4),
            GaugeState(id="silent", stage=None),
        ],
        2,
        POLICY,
        certainty=Certainty.OBSERVED,
        now=AT,
    )
    assert (message.stage, message.coming_stage, message.flood) == (3, 1, 2)
    assert message.coming is not None
    assert message.coming.gauge_id == "c"
    assert (message.gauges, message.silent) == (("a", "b", "c"), ("silent",))


@pytest.mark.parametrize(
    "coming",
    [
        pytest.param(a_coming(1, after=361), id="too far ahead"),
        pytest.param(a_coming(1, after=0), id="is there now"),
        pytest.param(a_coming(1, after=-5), id="should have come already"),
        pytest.param(a_coming(2), id="no worse than the stage at hand"),
    ],
)
def test_an_arrival_that_adds_nothing_new_is_left_out(coming: ExpectedStage) -> None:
    assert assess([GaugeState(id="g", stage=2, coming=(coming,))], 0, POLICY, now=AT).coming is None


def test_an_arrival_at_the_very_end_of_the_horizon_counts() -> None:
    last = a_coming(1, after=360)
    assert assess([GaugeState(id="g", stage=2, coming=(last,))], 0, POLICY, now=AT).coming == last


def test_without_any_gauge_that_speaks_the_stage_is_normal() -> None:
    assert assess([GaugeState(id="g", stage=None)], 0, POLICY, now=AT).stage == 4
    possible = assess([], 1, POLICY, certainty=Certainty.POSSIBLE, now=AT)
    assert possible == Situation(flood=1, certainty=Certainty.POSSIBLE)


def test_levels_have_the_names_of_the_interface() -> None:
    assert [level.label for level in AlertLevel] == ["none", "advisory", "warning", "danger"]


def test_a_storm_is_raised_repeated_when_worse_and_cleared_once_after_an_hour_of_calm() -> None:
    seen = [CALM, Situation(stage=3), Situation(stage=3), Situation(stage=2), Situation(stage=1), *[CALM] * 20]
    reported = play(seen)
    assert [decision.kind for _, decision, _ in reported] == ["raise", "update", "update", "all_clear"]
    assert reported[-1][0] == AT + minutes(40) + POLICY.clear_after
    assert reported[-1][1].why == "over"


def test_a_level_that_wobbles_round_its_limit_is_reported_once() -> None:
    assert kinds([Situation(stage=2 + number % 2) for number in range(60)] + [CALM] * 10) == ["raise", "all_clear"]
    assert kinds([Situation(stage=3 + number % 2) for number in range(60)] + [CALM] * 10) == ["raise", "all_clear"]


def test_what_falls_falls_to_the_highest_that_it_was_meanwhile() -> None:
    fell = [Situation(stage=1), *[Situation(stage=2), Situation(stage=4)] * 4]
    reported = play([*fell, Situation(stage=2), Situation(stage=1)])
    assert [decision.why for _, decision, _ in reported] == ["begins", "worse"], "Siaga 2 is no news, Siaga 1 again is"


def test_within_a_level_the_worse_is_announced() -> None:
    assert kinds([Situation(stage=2), Situation(stage=2, coming=a_coming(1))]) == ["raise", "update"]
    assert kinds([Situation(flood=3), Situation(flood=4)]) == ["raise", "update"]


def test_an_arrival_that_moves_by_much_is_announced_again_but_not_often() -> None:
    def reported(*moved: float) -> list[datetime]:
        seen = [Situation(coming=a_coming(1, after=180 + by)) for by in moved]
        return [at for at, _, _ in play(seen)]

    assert reported(0, 10, 20, 30, 40, 40) == [AT], "little by little is not much"
    assert reported(0, 60, 60, 60, 60) == [AT, AT + minutes(30)], "not before half an hour is over"
    assert reported(0, 0, 0, 0, -90, 90, -90) == [AT, AT + minutes(40)], "hither and thither"


def test_a_gauge_that_falls_silent_does_not_clear_its_alert_until_it_was_silent_for_long() -> None:
    loud, silent = Situation(stage=1, gauges=("g",)), Situation(silent=("g",))
    assert whys([loud, *[silent] * 30]) == ["begins", "unknown"], "that it is unknown is published at once, and once"
    reported = play([loud, *[silent] * 60])
    assert [(decision.kind, decision.why) for _, decision, _ in reported] == [
        ("raise", "begins"),
        ("update", "unknown"),
        ("update", "lapsed"),
    ], "silence is no all-clear"
    assert reported[1][0] == AT + minutes(10)
    assert reported[-1][0] == AT + POLICY.unknown_valid_for + POLICY.clear_after
    back = [loud, *[silent] * 5, *[CALM] * 7]
    assert whys(back) == ["begins", "unknown", "known", "over"]


def test_a_gauge_that_comes_and_goes_is_not_published_each_time() -> None:
    loud, silent = Situation(stage=1, gauges=("g",)), Situation(silent=("g",))
    flapping = [loud, *[silent, loud] * 60]
    assert whys(flapping, each=1) == ["begins", "unknown"]
    assert whys([*flapping, *[loud] * 10], each=1) == ["begins", "unknown", "known"], "once it is steady"


def test_each_gauge_of_an_alert_that_becomes_unknown_is_published() -> None:
    both, one, none = (Situation(stage=2, gauges=("a", "b"), silent=silent) for silent in ((), ("a",), ("a", "b")))
    reported = play([both, one, one, none, none])
    assert [decision.why for _, decision, _ in reported] == ["begins", "unknown", "unknown"]
    last = reported[-1][2]
    assert last is not None
    assert unknown_gauges(last, none) == last.unknown == ("a", "b")


def test_an_end_is_an_all_clear_or_a_lapse() -> None:
    assert [Decision(kind=kind, why=why).is_end for kind, why in ENDS_AND_OTHERS] == [True, True, False, False]


def test_another_gauge_that_is_silent_holds_nothing() -> None:
    loud, calm = Situation(stage=1, gauges=("g",), silent=("dead",)), Situation(silent=("dead",))
    assert [decision.why for _, decision, _ in play([loud, *[calm] * 7])] == ["begins", "over"]


def test_times_of_a_policy_are_more_than_nothing() -> None:
    with pytest.raises(ValueError, match="times above 0"):
        AlertPolicy(clear_after=timedelta(0))


def situations() -> st.SearchStrategy[list[Situation]]:
    coming = st.none() | st.builds(
        a_coming, st.sampled_from([1, 2, 3]), after=st.integers(5, 350).map(float), gauge=st.just("g")
    )
    silent = st.sampled_from([(), (), (), ("g",)])
    one = st.builds(
        Situation,
        stage=st.sampled_from([4, 4, 3, 2, 1]),
        coming=coming,
        flood=st.integers(0, 4),
        gauges=st.just(("g",)),
        silent=silent,
    )
    return st.lists(one, max_size=60).map(lambda begun: [*begun, *[CALM] * 12])


@given(situations())
def test_every_raise_ends_exactly_once(seen: list[Situation]) -> None:
    decisions = [decision for _, decision, _ in play(seen)]
    rounds = "".join(")" if one.is_end else "(" if one.kind == "raise" else "" for one in decisions)
    assert rounds == "()" * (len(rounds) // 2), decisions
    assert all(one.kind != "update" for one in decisions[:1])


@given(situations())
def test_there_is_no_all_clear_while_a_gauge_of_the_alert_is_unknown(seen: list[Situation]) -> None:
    for at, decision, _ in play(seen):
        if decision.kind == "all_clear":
            assert seen[int((at - AT) / minutes(10))].silent == ()


@given(situations())
def test_an_alert_states_which_of_its_gauges_are_unknown_as_soon_as_they_are(seen: list[Situation]) -> None:
    alert: Alert | None = None
    for number, situation in enumerate(seen):
        alert, _ = step(alert, situation, POLICY, now=AT + minutes(10 * number))
        if alert is not None:
            assert set(unknown_gauges(alert, situation)) <= set(alert.unknown)


@given(situations())
def test_nothing_that_is_known_now_is_above_the_level_in_force(seen: list[Situation]) -> None:
    alert: Alert | None = None
    for number, situation in enumerate(seen):
        alert, _ = step(alert, situation, POLICY, now=AT + minutes(10 * number))
        alone, _ = step(None, situation, POLICY, now=AT)
        now = alert.level if alert else AlertLevel.NONE
        assert now >= (alone.level if alone else AlertLevel.NONE)


@given(situations())
def test_it_is_only_over_after_an_hour_without_anything(seen: list[Situation]) -> None:
    for at, decision, _ in play(seen):
        if decision.kind == "all_clear":
            last = int((at - AT) / minutes(10))
            assert all(one.stage == 4 and one.flood == 0 and one.coming is None for one in seen[last - 5 : last + 1])


@given(situations())
def test_nobody_is_notified_more_than_a_few_times_an_hour(seen: list[Situation]) -> None:
    times = [at for at, _, _ in play(seen)]
    for at in times:
        # Three stages at hand, three to come, four states of flood; and an arrival that moved each half hour.
        assert sum(at <= other < at + minutes(60) for other in times) <= 12


# --- how sure a flood is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flood", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(
    ("certainty", "most"),
    [(Certainty.UNVERIFIED, 0), (Certainty.POSSIBLE, 1), (Certainty.LIKELY, 4), (Certainty.OBSERVED, 4)],
)
def test_a_flood_counts_as_far_as_its_certainty_allows(flood: int, certainty: Certainty, most: int) -> None:
    seen = assess([], flood, POLICY, certainty=certainty, now=AT)
    assert seen.flood == min(flood, most)
    alert, _ = step(None, seen, POLICY, now=AT)
    assert alert is None or certainty >= Certainty.LIKELY or alert.level is AlertLevel.ADVISORY
    assert (alert is None) == (seen.flood == 0)


POSSIBLE = Situation(flood=1, certainty=Certainty.POSSIBLE)
SEEN = Situation(flood=1, certainty=Certainty.OBSERVED)


@pytest.mark.parametrize(
    ("seen", "published"),
    [
        pytest.param([POSSIBLE, SEEN], [("raise", "begins"), ("update", "confirmed")], id="a camera confirms it"),
        pytest.param(
            [POSSIBLE, Situation(flood=1, certainty=Certainty.POSSIBLE, stage=3)],
            [("raise", "begins"), ("update", "worse")],
            id="a gauge confirms it",
        ),
        pytest.param([SEEN, POSSIBLE], [("raise", "begins")], id="what was seen stays seen for a while"),
        pytest.param(
            [POSSIBLE, *[CALM] * 7], [("raise", "begins"), ("all_clear", "unconfirmed")], id="nobody confirmed it"
        ),
        pytest.param([SEEN, *[CALM] * 7], [("raise", "begins"), ("all_clear", "over")], id="it was seen, and is over"),
        pytest.param(
            [Situation(coming=a_coming(2)), *[CALM] * 7], [("raise", "begins"), ("all_clear", "over")], id="a forecast"
        ),
    ],
)
def test_what_people_are_notified_of(seen: Sequence[Situation], published: list[tuple[str, str]]) -> None:
    assert [(decision.kind, decision.why) for _, decision, _ in play(seen)] == published


@pytest.mark.parametrize(
    ("situation", "surest"),
    [
        (CALM, Certainty.UNVERIFIED),
        (POSSIBLE, Certainty.POSSIBLE),
        (Situation(flood=2, certainty=Certainty.OBSERVED, coming=a_coming(2)), Certainty.OBSERVED),
        (Situation(flood=1, certainty=Certainty.POSSIBLE, coming=a_coming(2)), Certainty.LIKELY),
        (Situation(stage=3), Certainty.OBSERVED),
    ],
)
def test_how_sure_the_surest_part_is(situation: Situation, surest: Certainty) -> None:
    assert situation.surest is surest


def test_an_alert_of_an_earlier_version_is_not_confirmed_again() -> None:
    before = Alert(raised_at=AT, issued_at=AT)
    after, decision = step(before, Situation(flood=0, stage=4, coming=None), POLICY, now=AT)
    assert (after, decision) == (None, Decision(kind="all_clear", why="over"))
