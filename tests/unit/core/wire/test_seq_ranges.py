"""Acknowledged numbers as ranges."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.wire.codec import seq_ranges


@pytest.mark.parametrize(
    ("seqs", "ranges"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([5], [(5, 5)], id="one"),
        pytest.param([1, 2, 3], [(1, 3)], id="in a row"),
        pytest.param([3, 1, 2, 2], [(1, 3)], id="out of order and twice"),
        pytest.param([1, 3, 4, 9], [(1, 1), (3, 4), (9, 9)], id="with gaps"),
    ],
)
def test_seq_ranges_of(seqs: list[int], ranges: list[tuple[int, int]]) -> None:
    assert [(held.first, held.last) for held in seq_ranges(seqs)] == ranges


@given(st.sets(st.integers(1, 60)))
def test_they_hold_exactly_these_numbers_and_are_as_few_as_can_be(seqs: set[int]) -> None:
    ranges = seq_ranges(seqs)
    assert {seq for held in ranges for seq in range(held.first, held.last + 1)} == seqs
    assert all(later.first - earlier.last > 1 for earlier, later in pairwise(ranges))
