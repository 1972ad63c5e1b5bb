"""The depth on a road by marks of known height."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules import depth
from siaga_core.rules.depth import DepthWatch

START = datetime(2026, 2, 1, tzinfo=UTC)
HEIGHTS = (15.0, 40.0, 80.0)
WET, DRY, HIDDEN = True, False, None


def after(*looks: tuple[bool | None, ...], every_seconds: float = 5) -> DepthWatch:
    watch = DepthWatch()
    for number, look in enumerate(looks):
        watch = depth.step(watch, look, at=START + timedelta(seconds=number * every_seconds))
    return watch


@pytest.mark.parametrize(
    ("looks", "reported"),
    [
        pytest.param([], None, id="no look yet"),
        pytest.param([(WET, WET, DRY)], None, id="one look may be a wave"),
        pytest.param([(WET, WET, DRY)] * 2, 40, id="the highest that is covered"),
        pytest.param([(DRY, DRY, DRY)] * 3, None, id="a dry road"),
        pytest.param([(WET, DRY, DRY), (WET, WET, DRY), (WET, DRY, DRY)], 15, id="one wet look of three is a wave"),
        pytest.param([(WET, WET, DRY), (WET, DRY, DRY), (WET, WET, DRY)], 40, id="one dry look of three is glare"),
        pytest.param([(WET, WET, DRY)] * 3 + [(WET, DRY, DRY)] * 2, 15, id="the water fell"),
        pytest.param([(WET, WET, DRY)] * 2 + [(WET, HIDDEN, DRY)] * 9, 40, id="a bus before the mark changes nothing"),
        pytest.param([(HIDDEN, HIDDEN, HIDDEN)] * 5, None, id="none could be seen"),
        pytest.param([(HIDDEN, WET, DRY)] * 2, 40, id="a lower mark need not be seen"),
    ],
)
def test_the_depth_is_that_of_the_highest_mark_covered_in_two_of_its_last_three_looks(
    looks: list[tuple[bool | None, ...]], reported: float | None
) -> None:
    assert depth.depth_cm(after(*looks), HEIGHTS) == reported


def test_looks_of_long_ago_count_no_more() -> None:
    watch = after((WET, WET, DRY), (WET, WET, DRY))
    later = depth.step(watch, (WET, HIDDEN, DRY), at=START + timedelta(minutes=10, seconds=3))
    assert depth.depth_cm(later, HEIGHTS) == 15
    assert depth.depth_cm(depth.step(watch, (HIDDEN,) * 3, at=START + timedelta(hours=1)), HEIGHTS) is None


def test_a_clock_that_was_set_back_counts_no_look_twice() -> None:
    watch = after((WET, WET, DRY), every_seconds=5)
    assert depth.depth_cm(depth.step(watch, (WET, WET, DRY), at=START), HEIGHTS) is None


def test_other_marks_than_before_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 3 marks as before, got 2"):
        depth.step(after((WET, WET, DRY)), (WET, WET), at=START)


@pytest.mark.parametrize(
    ("cm", "reported"),
    [(None, None), (9.9, None), (10, "minor"), (70, "minor"), (71, "moderate"), (150, "moderate"), (151, "severe")],
)
def test_the_class_follows_the_bands_of_the_flood_states(cm: float | None, reported: str | None) -> None:
    assert depth.severity(cm) == reported
