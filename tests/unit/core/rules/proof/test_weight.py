"""What a task weighs in rankings, and reporters and officers who meet too often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.verification.pairs import Meeting, at_least, unusual_pairs
from siaga_core.rules.verification.reporter import ReporterRecord
from siaga_core.rules.verification.weight import RankEvidence, RankWeight, weigh

NEW_NAME = ReporterRecord(has_account=False, confirmed_elsewhere=0, is_paired=False)
PHONE = ReporterRecord(has_account=True, confirmed_elsewhere=0, is_paired=False)
KNOWN = ReporterRecord(has_account=False, confirmed_elsewhere=1, is_paired=False)
FRIEND = ReporterRecord(has_account=True, confirmed_elsewhere=5, is_paired=True)
NOTHING = RankWeight(is_ranked=False, credit=0.0, reason="anonymous")


@pytest.mark.parametrize(
    ("evidence", "weight"),
    [
        (RankEvidence(), NOTHING),
        (RankEvidence(reporters=[NEW_NAME] * 12, witness="operator"), NOTHING),
        (RankEvidence(reporters=[FRIEND, NEW_NAME]), RankWeight(is_ranked=False, credit=0.0, reason="paired")),
        (RankEvidence(reporters=[NEW_NAME, PHONE]), RankWeight(is_ranked=True, credit=0.0)),
        (RankEvidence(reporters=[KNOWN], witness="camera:c"), RankWeight(is_ranked=True, credit=1.0)),
        (RankEvidence(reporters=[FRIEND], has_sensor=True, witness="gauge:g"), RankWeight(is_ranked=True, credit=1.0)),
        (RankEvidence(has_verdict=True, witness="operator"), RankWeight(is_ranked=True, credit=1.0)),
        (RankEvidence(has_sensor=True, witness="operator"), RankWeight(is_ranked=True, credit=1.0)),
        (
            RankEvidence(reporters=[PHONE], witness="reporter"),
            RankWeight(is_ranked=True, credit=1.0),
        ),
        (RankEvidence(has_sensor=True, witness="person:agency_head"), RankWeight(is_ranked=True, credit=0.0)),
        (
            RankEvidence(has_verdict=True, is_unexamined=True),
            RankWeight(is_ranked=False, credit=0.0, reason="unexamined"),
        ),
        (RankEvidence(is_unexamined=True), NOTHING),
        (RankEvidence(is_imported=True, witness="record"), RankWeight(is_ranked=True, credit=1.0)),
    ],
)
def test_what_a_task_weighs(evidence: RankEvidence, weight: RankWeight) -> None:
    assert weigh(evidence) == weight


def others(tasks: int = 4) -> list[Meeting]:
    """Three officers of one area, each with tasks of citizens who come once."""
    return [
        Meeting(reporter=f"citizen-{officer}-{number}", officer=officer, stratum="a", tasks=1)
        for officer in ("x", "y", "z")
        for number in range(tasks)
    ]


def totals_of(meetings: list[Meeting]) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for one in meetings:
        held = totals.setdefault(one.stratum, {})
        held[one.officer] = held.get(one.officer, 0) + one.tasks
    return totals


def test_a_friend_whose_reports_one_of_three_officers_always_handles_is_found() -> None:
    meetings = [*others(), Meeting(reporter="friend", officer="x", stratum="a", tasks=12)]
    (found,) = unusual_pairs(meetings, totals_of(meetings))
    assert (found.reporter, found.officer, found.meetings) == ("friend", "x", 12)
    assert found.expected == 4.0
    assert found.chance == pytest.approx((1 / 3) ** 12)


def test_a_neighbour_whose_only_officer_always_comes_is_not() -> None:
    alone = [Meeting(reporter="neighbour", officer="x", stratum="a", tasks=40)]
    assert unusual_pairs(alone, totals_of(alone)) == []
    spread = [Meeting(reporter="keen", officer=officer, stratum="a", tasks=5) for officer in ("x", "y", "z")]
    assert unusual_pairs([*others(), *spread], totals_of([*others(), *spread])) == []


def test_few_meetings_mean_nothing_and_several_areas_are_added_up() -> None:
    few = [*others(400), Meeting(reporter="friend", officer="x", stratum="a", tasks=3)]
    assert unusual_pairs(few, totals_of(few)) == []
    here = [*others(), Meeting(reporter="friend", officer="x", stratum="a", tasks=5)]
    there = [Meeting(reporter=f"r{n}", officer=o, stratum="b", tasks=1) for n, o in enumerate("xyzxyz")]
    both = [*here, *there, Meeting(reporter="friend", officer="x", stratum="b", tasks=4)]
    assert unusual_pairs(here, totals_of(here)) == []
    assert [one.meetings for one in unusual_pairs(both, totals_of(both))] == [9]
    assert unusual_pairs([Meeting(reporter="friend", officer="x", stratum="a", tasks=9)], {}) == []


def test_many_tasks_explain_a_diligent_reporter_and_not_a_friend() -> None:
    shares = {"x": 480, "y": 360, "z": 360}
    diligent = [Meeting(reporter="d", officer=one, stratum="a", tasks=tasks) for one, tasks in shares.items()]
    handled = {"a": {one: 11 * tasks for one, tasks in shares.items()}}
    assert unusual_pairs(diligent, handled) == []
    (found,) = unusual_pairs([Meeting(reporter="friend", officer="x", stratum="a", tasks=1200)], handled)
    assert (found.officer, found.meetings) == ("x", 1200)


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 31))
def test_a_tail_is_a_probability_that_falls_with_the_count(shares: list[float], count: int) -> None:
    assert 0 <= at_least(count + 1, shares) <= at_least(count, shares) + 1e-12
    assert at_least(0, shares) == pytest.approx(1.0)
    assert at_least(len(shares) + 1, shares) == 0


def test_the_tail_of_equal_shares_is_binomial() -> None:
    assert at_least(2, [0.5, 0.5, 0.5]) == pytest.approx(0.5)
    assert at_least(3, [0.1, 0.2, 0.3]) == pytest.approx(0.006)
