"""Rankings that resist gaming; what is unusual."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.ranking import ReporterOutcomes, Work, drawn, rank_reporters, rank_work, unusual

counts = st.integers(0, 300)
works = st.lists(
    st.builds(
        lambda name, verified, overdue, unverified, again, weightless: Work(
            id=name,
            cases=verified + overdue + unverified,
            verified=verified + overdue,
            credit_in_time=float(verified),
            credit_overdue=float(overdue),
            done_again=min(again, verified + overdue + unverified),
            weightless=weightless,
        ),
        st.text("abcdef", min_size=1, max_size=4),
        counts,
        counts,
        counts,
        st.integers(0, 5),
        counts,
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


def work(name: str, verified: int = 0, of: int | None = None, **more: Any) -> Work:
    """Verified in time, each standing for itself, of so many that were due."""
    cases = verified if of is None else of
    return Work(id=name, cases=cases, verified=verified, credit_in_time=float(verified), **more)


def test_one_lucky_case_does_not_beat_a_hundred_good_ones() -> None:
    lucky, steady, poor = work("lucky", 1), work("steady", 90, of=100), work("poor", 30, of=100)
    assert [place.id for place in rank_work([lucky, poor, steady])] == ["steady", "lucky", "poor"]


def test_what_is_only_claimed_to_be_done_earns_nothing() -> None:
    claimed = work("claimed", 0, of=100)
    overdue = Work(id="late", cases=100, verified=100, credit_overdue=100.0)
    assert [place.id for place in rank_work([claimed, overdue, work("verified", 100)])] == [
        "verified",
        "late",
        "claimed",
    ]
    assert rank_work([claimed])[0].score == 0


def test_closing_without_proof_never_gains() -> None:
    """An officer who invents work, or says that what is overdue is done, gains no rank by it."""
    others = [work("b", 3, of=9), work("c", 9, of=12), work("d", 1, of=1)]
    for invented in range(1, 30):
        honest, gaming = work("a", 4, of=8), work("a", 4, of=8 + invented, weightless=invented)
        before = next(place.rank for place in rank_work([honest, *others]) if place.id == "a")
        after = next(place.rank for place in rank_work([gaming, *others]) if place.id == "a")
        assert after >= before
        weightless = rank_work([work("a", 4, of=8, weightless=invented), *others])
        assert [place.score for place in weightless] == [place.score for place in rank_work([honest, *others])]


def test_a_verified_task_stands_for_those_that_were_not_drawn() -> None:
    seen_by_camera = work("camera", 80, of=100)
    sampled = Work(id="people", cases=100, verified=32, credit_in_time=32 / 0.4)
    assert [place.rank for place in rank_work([seen_by_camera, sampled])] == [1, 1]
    assert rank_work([Work(id="one", cases=1, verified=1, credit_in_time=2.5)])[0].share == 1.0


def test_what_had_to_be_done_again_costs() -> None:
    once, twice = work("once", 50), work("twice", 50, done_again=20)
    assert [place.id for place in rank_work([twice, once])] == ["once", "twice"]


def test_who_had_nothing_to_do_is_not_ranked() -> None:
    assert rank_work([Work(id="idle")]) == []
    assert rank_work([]) == []
    assert rank_reporters([]) == []


def test_equals_share_a_rank() -> None:
    same = [work(name, 5) for name in ("b", "a")] + [work("c", 0, of=50)]
    assert [(place.rank, place.id) for place in rank_work(same)] == [(1, "a"), (1, "b"), (3, "c")]


@given(works)
def test_scores_are_sorted_shares(everybody: list[Work]) -> None:
    places = rank_work(everybody)
    assert all(0 <= place.score <= 1 and 0 <= place.verified <= place.cases for place in places)
    assert [place.score for place in places] == sorted((place.score for place in places), reverse=True)
    assert {place.id for place in places} == {one.id for one in everybody if one.cases}


@given(works, st.integers(0, 11))
def test_one_more_verified_in_time_never_lowers_the_score(everybody: list[Work], at: int) -> None:
    if at >= len(everybody) or not everybody[at].cases:
        return
    one = everybody[at]
    better = replace(one, cases=one.cases + 1, verified=one.verified + 1, credit_in_time=one.credit_in_time + 1)
    assert better.credit >= one.credit


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0, 1))
def test_a_drawn_share_lies_between_the_own_and_that_of_all(good: int, more: int, share: float) -> None:
    cases = good + more
    found = drawn(good, cases, share)
    own = good / cases if cases else share
    assert min(own, share) - 1e-9 <= found <= max(own, share) + 1e-9


def test_reporters_are_ranked_by_what_was_confirmed_and_how_often_they_are_right() -> None:
    spam = ReporterOutcomes(id="spam", confirmed=12, refuted=88)
    keen = ReporterOutcomes(id="keen", confirmed=30, refuted=2)
    once = ReporterOutcomes(id="once", confirmed=1, refuted=0)
    nobody = ReporterOutcomes(id="nobody", confirmed=0, refuted=0)
    assert [place.id for place in rank_reporters([spam, once, nobody, keen])] == ["keen", "spam", "once"]
    assert rank_reporters([spam])[0].share == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("count", "usual", "trends"),
    [(2, 0.0, False), (3, 0.1, True), (10, 9.0, False), (30, 10.0, True), (10, 6.1, False), (0, 0.0, False)],
)
def test_what_is_unusual(count: int, usual: float, trends: bool) -> None:
    assert bool(unusual([("x", count, usual)])) is trends


def test_the_most_unusual_comes_first() -> None:
    found = unusual([("a", 30, 10.0), ("b", 30, 5.0), ("c", 5, 5.0)])
    assert [one.id for one in found] == ["b", "a"]
    assert found[0].times > found[1].times > 1


def test_every_figure_of_a_place_in_the_ranking_is_given() -> None:
    places = rank_work([work("a", 2, of=3, weightless=4), work("b", 1)])
    # Credit 2 of 3 and 1 of 1, each drawn to 3 of 4 by as many cases as the prior has.
    assert [(one.rank, one.id, one.cases, one.share) for one in places] == [(1, "b", 1, 1.0), (2, "a", 3, 0.6667)]
    assert [(one.verified, one.weightless) for one in places] == [(1, 0), (2, 4)]
    assert [one.score for one in places] == [round(drawn(1, 1, 0.75), 4), round(drawn(2, 3, 0.75), 4)]


def test_of_equal_scores_more_cases_come_first() -> None:
    none = [work("a", 0, of=1), work("b", 0, of=7)]
    assert [(one.rank, one.id, one.score) for one in rank_work(none)] == [(1, "b", 0.0), (1, "a", 0.0)]


def test_reporters_are_drawn_to_the_share_of_all_and_cut_after_the_most() -> None:
    everybody = [ReporterOutcomes(id="a", confirmed=3, refuted=1), ReporterOutcomes(id="b", confirmed=1, refuted=3)]
    places = rank_reporters(everybody)
    assert [(one.id, one.score, one.cases, one.share) for one in places] == [
        ("a", round(3 * drawn(3, 4, 0.5), 4), 4, 0.75),
        ("b", round(1 * drawn(1, 4, 0.5), 4), 4, 0.25),
    ]
    assert [one.id for one in rank_reporters(everybody, most=1)] == ["a"]


def test_the_figures_of_what_is_unusual() -> None:
    found = unusual([("x", 30, 10.0), ("few", 4, 0.2)])
    assert [(one.id, one.count, one.usual) for one in found] == [("few", 4, 0.2), ("x", 30, 10.0)]
    # count - 1.2816 * sqrt(count), over the usual; a usual below one half counts as one half.
    assert [one.times for one in found] == [2.87, 2.3]
    assert [one.id for one in unusual([("b", 30, 10.0), ("a", 30, 10.0)])] == ["a", "b"]
