"""One alert for each flood: which alerts another one stands for, by gauge and by area."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_cloud.interop.cap.floods import By, FloodAlert, left_out

GAUGE, AREA, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def gauge(level: int, *areas: str) -> FloodAlert:
    return FloodAlert(id=GAUGE, is_gauge=True, level=level, areas=areas)


def area(name: str, level: int, number: UUID = AREA) -> FloodAlert:
    return FloodAlert(id=number, is_gauge=False, level=level, areas=(name,))


@pytest.mark.parametrize(
    ("alerts", "by", "expected"),
    [
        ([gauge(2, "a", "b"), area("a", 2)], "gauge", {AREA}),
        ([gauge(2, "a", "b"), area("a", 3)], "gauge", set()),
        ([gauge(2, "a", "b"), area("c", 1)], "gauge", set()),
        ([gauge(2), area("a", 1)], "gauge", set()),
        ([gauge(2, "a", "b"), area("a", 2)], "area", set()),
        ([gauge(2, "a", "b"), area("a", 2), area("b", 3, OTHER)], "area", {GAUGE}),
        ([gauge(2, "a", "b"), area("a", 2), area("b", 1, OTHER)], "area", set()),
        ([gauge(2)], "area", set()),
    ],
)
def test_an_alert_stands_for_another_where_it_covers_it(alerts: list[FloodAlert], by: By, expected: set[UUID]) -> None:
    assert left_out(alerts, by) == expected


ALERTS = st.lists(
    st.builds(
        FloodAlert,
        id=st.integers(0, 99).map(lambda number: UUID(int=number)),
        is_gauge=st.booleans(),
        level=st.integers(1, 3),
        areas=st.frozensets(st.sampled_from("abc"), max_size=3),
    ),
    unique_by=lambda one: one.id,
    max_size=5,
)


@given(ALERTS, st.sampled_from(["gauge", "area"]))
def test_no_place_loses_its_level(alerts: list[FloodAlert], by: By) -> None:
    listed = [one for one in alerts if one.id not in left_out(alerts, by)]
    for one in alerts:
        for place in one.areas:
            assert any(place in other.areas and other.level >= one.level for other in listed)
