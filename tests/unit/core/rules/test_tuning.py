"""Thresholds from verdicts: proposed only where the gain is real and the price is small."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from siaga_core.rules.tuning import Effect, JudgedAlarm, Proposal, TuningPolicy, proposals, wilson


def judged(*scores: float, confirmed: bool, camera: str = "cam-1", label: str = "car") -> list[JudgedAlarm]:
    return [
        JudgedAlarm(camera=camera, hazard="illegal_parking", label=label, score=score, confirmed=confirmed)
        for score in scores
    ]


def only(pairs: list[JudgedAlarm], **policy: float) -> Proposal:
    (one,) = proposals(pairs, TuningPolicy(**policy))  # type: ignore[arg-type]
    return one


GOOD = judged(*(0.7 + 0.01 * n for n in range(20)), confirmed=True)
BAD = judged(*(0.43 + 0.01 * n for n in range(10)), confirmed=False)


def test_false_alarms_below_all_true_ones_are_cut_off_just_above_the_last_of_them() -> None:
    found = only([*GOOD, *BAD])
    assert (found.outcome, found.threshold) == ("proposed", 0.525)
    assert (found.lost, found.avoided) == (Effect(count=0, of=20), Effect(count=10, of=10))
    assert found.labels == ("car",)
    assert found.lost.interval[1] == pytest.approx(0.161, abs=0.001)  # nothing lost of 20 is not "never"


def test_no_more_than_the_allowed_share_of_true_alarms_is_given_up() -> None:
    delayed = judged(0.71, 0.75, confirmed=False)
    assert only([*GOOD, *BAD, *delayed]).threshold == 0.525  # 0.715 would lose 2 of 20
    found = only([*GOOD, *BAD, *delayed], max_lost_share=0.1)
    assert found.threshold == 0.715
    assert (found.lost.count, found.avoided.count) == (2, 11)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([*GOOD[:9], *BAD], "too_few_verdicts"),
        ([*GOOD, *BAD[:4]], "too_few_verdicts"),
        ([*GOOD, *judged(0.9, 0.91, 0.92, 0.93, 0.94, confirmed=False)], "no_gain"),
        ([*GOOD, *judged(*([0.3] * 9), confirmed=False)], "no_gain"),  # the models' own cut there already
        (judged(*([0.95] * 25), confirmed=False), "no_gain"),  # a threshold so high would blind the camera
    ],
)
def test_without_enough_verdicts_or_a_gain_nothing_is_proposed(pairs: list[JudgedAlarm], reason: str) -> None:
    found = only(pairs)
    assert (found.outcome, found.threshold) == (reason, None)
    assert (found.lost.count, found.avoided.count) == (0, 0)


def test_one_lucky_false_alarm_in_many_is_not_a_gain() -> None:
    high = judged(*([0.89] * 40), confirmed=False)
    assert only([*GOOD, *judged(0.43, confirmed=False), *high]).outcome == "no_gain"


def test_cameras_and_hazards_are_judged_apart() -> None:
    other = judged(*(0.5 for _ in range(25)), confirmed=True, camera="cam-0", label="truck")
    assert [(one.camera, one.outcome) for one in proposals([*GOOD, *BAD, *other])] == [
        ("cam-0", "too_few_verdicts"),
        ("cam-1", "proposed"),
    ]
    assert proposals([]) == ()


def test_wilson_of_known_counts() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(10, 10)[1] == 1


# Wrong ones mostly below right ones, as cameras have them: otherwise hardly any example comes to a proposal.
@given(
    right=st.lists(st.floats(0.6, 1), min_size=20, max_size=40),
    wrong=st.lists(st.floats(0.45, 0.7), min_size=8, max_size=40),
    surer=st.lists(st.floats(0.7, 1), max_size=3),
)
def test_a_proposed_threshold_delivers_the_stated_figures(
    right: list[float], wrong: list[float], surer: list[float]
) -> None:
    wrong = [*wrong, *surer]
    (found,) = proposals([*judged(*right, confirmed=True), *judged(*wrong, confirmed=False)])
    event(found.outcome)
    assert (found.threshold is None) == (found.outcome != "proposed")
    if found.threshold is not None:
        assert found.lost.count == sum(score < found.threshold for score in right) <= 0.05 * len(right)
        assert found.avoided.count == sum(score < found.threshold for score in wrong) > 0
        assert max(score for score in wrong if score < found.threshold) < found.threshold <= 0.9
        assert found.threshold >= 0.45


def test_the_examples_of_that_test_come_to_proposals() -> None:
    right, wrong = [0.6 + 0.01 * n for n in range(40)], [0.45 + 0.005 * n for n in range(30)]
    assert only([*judged(*right, confirmed=True), *judged(*wrong, confirmed=False)]).outcome == "proposed"
