"""Which outlines can be a zone, and what is said of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.outline import MAX_POINTS, MIN_POINTS, Spot, problem_with

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
ON_AN_ARC = [(number / 100, (number / 100) ** 2) for number in range(MAX_POINTS + 1)]
CROSSING = "got sides {} and {} crossing, expected an outline that does not cross itself"
OUTSIDE = "got point {} at [{}], expected shares of width and height from 0 to 1"
FLAT = "got an area of 0, expected points that are not all on one line"


@pytest.mark.parametrize(
    ("polygon", "problem"),
    [
        pytest.param(SQUARE, None, id="the whole picture"),
        pytest.param(SQUARE[::-1], None, id="the other way round"),
        pytest.param(SQUARE[:3], None, id="a triangle"),
        pytest.param([(0.1, 0.2), (0.3, 0.25), (0.15, 0.9)], None, id="a slanted triangle"),
        pytest.param(ON_AN_ARC[:MAX_POINTS], None, id="as many points as there may be"),
        pytest.param(SQUARE[:2], "got 2 points, expected 3 to 64", id="a line"),
        pytest.param(ON_AN_ARC, "got 65 points, expected 3 to 64", id="too many points"),
        pytest.param([*SQUARE[:2], (1.01, 1.0)], OUTSIDE.format(3, "1.01, 1"), id="right of the picture"),
        pytest.param([(-0.01, 0.5), *SQUARE[1:]], OUTSIDE.format(1, "-0.01, 0.5"), id="left of the picture"),
        pytest.param([*SQUARE[:2], (0.5, 1.5)], OUTSIDE.format(3, "0.5, 1.5"), id="below the picture"),
        pytest.param([*SQUARE[:2], (0.5, -1)], OUTSIDE.format(3, "0.5, -1"), id="above the picture"),
        pytest.param([(0, 0), (1, 1), (1, 0), (0, 1)], CROSSING.format(1, 3), id="a bow tie"),
        pytest.param([(0, 0), (1, 0), (0, 1), (1, 1)], CROSSING.format(2, 4), id="a bow tie that the last side closes"),
        pytest.param(
            [(0.1, 0.1), (0.9, 0.1), (0.9, 0.6), (0.5, 0.05), (0.1, 0.6)], CROSSING.format(1, 3), id="a dent too deep"
        ),
        pytest.param([(0.1, 0.1), (0.9, 0.1), (0.9, 0.6), (0.5, 0.1), (0.1, 0.6)], None, id="a dent that touches"),
        pytest.param([(0, 0), (0.5, 0.5), (1, 1)], FLAT, id="points on one line"),
        pytest.param([(0.5, 0.5)] * 3, FLAT, id="one point three times"),
    ],
)
def test_what_is_wrong_with_an_outline(polygon: list[Spot], problem: str | None) -> None:
    assert problem_with(polygon) == problem


@given(st.integers(0, 3), st.booleans())
def test_the_problem_does_not_depend_on_the_first_point(shift: int, is_reversed: bool) -> None:
    bow_tie = [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]
    turned = [*bow_tie[shift:], *bow_tie[:shift]]
    problem = problem_with(turned[::-1] if is_reversed else turned)
    assert problem is not None
    assert "crossing" in problem


def test_the_least_number_of_points_makes_a_triangle() -> None:
    assert MIN_POINTS == 3
