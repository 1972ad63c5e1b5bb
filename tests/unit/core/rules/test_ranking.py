"""Rankings that resist gaming; what is unusual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.ranking import ReporterOutcomes, Work, drawn, rank_reporters, rank_work, unusual

counts = st.integers(0, 300)
works = st.lists(
    st.builds(
        Work,
        id=st.text("abcdef", min_size=1, max_size=4),
        verified_in_time=counts,
        verified_overdue=counts,
        resolved_in_time=counts,
        resolved_overdue=counts,
        overdue=counts,
        reopened=st.integers(0, 5),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


def test_one_lucky_case_does_not_beat_a_hundred_good_ones() -> None:
    lucky = Work(id="lucky", verified_in_time=1)
    steady = Work(id="steady", verified_in_time=90, overdue=10)
    poor = Work(id="poor", verified_in_time=30, overdue=70)
    assert [place.id for place in rank_work([lucky, poor, steady])] == ["steady", "lucky", "poor"]


def test_a_claim_that_it_is_done_earns_less_than_its_verification() -> None:
    message = Work(id="said", resolved_in_time=100)
    verified_overdue = Work(id="late", verified_overdue=100)
    verified = Work(id="verified", verified_in_time=100)
    assert [place.id for place in rank_work([message, verified_overdue, verified])] == ["verified", "late", "said"]


def test_what_had_to_be_done_again_costs() -> None:
    once = Work(id="once", verified_in_time=50)
    twice = Work(id="twice", verified_in_time=50, reopened=20)
    assert [place.id for place in rank_work([twice, once])] == ["once", "twice"]


def test_who_had_nothing_to_do_is_not_ranked() -> None:
    assert rank_work([Work(id="idle")]) == []
    assert rank_work([]) == []
    assert rank_reporters([]) == []


def test_equals_share_a_rank() -> None:
    same = [Work(id=name, verified_in_time=5) for name in ("b", "a")] + [Work(id="c", overdue=50)]
    assert [(place.rank, place.id) for place in rank_work(same)] == [(1, "a"), (1, "b"), (3, "c")]


@given(works)
def test_scores_are_sorted_shares(everybody: list[Work]) -> None:
    places = rank_work(everybody)
    assert all(0 <= place.score <= 1 for place in places)
    assert [place.score for place in places] == sorted((place.score for place in places), reverse=True)
    assert {place.id for place in places} == {one.id for one in everybody if one.cases}


@given(works, st.integers(0, 11))
def test_one_more_verified_in_time_never_lowers_the_score(everybody: list[Work], at: int) -> None:
    if at >= len(everybody) or not everybody[at].cases:
        return
    one = everybody[at]
    better = Work(
        id=one.id,
        verified_in_time=one.verified_in_time + 1,
        verified_overdue=one.verified_overdue,
        resolved_in_time=one.resolved_in_time,
        resolved_overdue=one.resolved_overdue,
        overdue=one.overdue,
        reopened=one.reopened,
    )
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
    places = rank_work([Work(id="a", verified_in_time=2, overdue=1), Work(id="b", verified_in_time=1)])
    # Credit 2 of 3 and 1 of 1, each drawn to 3 of 4 by as many cases as the prior has.
    assert [(one.rank, one.id, one.cases, one.share) for one in places] == [(1, "b", 1, 1.0), (2, "a", 3, 0.6667)]
    assert [one.score for one in places] == [round(drawn(1, 1, 0.75), 4), round(drawn(2, 3, 0.75), 4)]


def test_of_equal_scores_more_cases_come_first() -> None:
    none = [Work(id="a", overdue=1), Work(id="b", overdue=7)]
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
