"""A dwell is proven by looks: often enough, at one and the same thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edge.dwell_street import AT, POLICY, Street, seen

from siaga_core.rules.dwell import comes_due, is_nearly_due

WATCHED = replace(POLICY, longest_gap_seconds=2.0)


@pytest.mark.parametrize(("every_seconds", "reported"), [(1.0, 61.0), (2.0, 62.0), (3.0, None), (5.0, None)])
def test_looks_that_lie_too_far_apart_prove_no_dwell(every_seconds: float, reported: float | None) -> None:
    street = Street(policy=WATCHED).look(seen()).look(seen(), times=200, every_seconds=every_seconds)
    assert street.reported[:1] == ([("DwellBegan", reported)] if reported else [])


@given(gaps=st.lists(st.floats(2.01, 9), min_size=1, max_size=60))
def test_however_long_somebody_seems_to_stand_there(gaps: list[float]) -> None:
    street = Street(policy=WATCHED).look(seen())
    for gap in gaps:
        street.look(seen(), every_seconds=gap)
    assert street.reported == []


def test_only_the_time_that_was_not_watched_is_missing() -> None:
    street = Street(policy=WATCHED).look(seen(), times=31).look(seen(), every_seconds=5).look(seen(), times=31)
    assert street.reported == [("DwellBegan", 66.0)]
    assert street.the_spot.unwatched_seconds == 5


def test_a_view_that_was_lost_meanwhile_is_no_slow_look() -> None:
    street = Street(policy=WATCHED).look(seen(), times=31).look(seen(), every_seconds=5, is_after_loss=True)
    assert street.the_spot.unwatched_seconds == 0


def test_a_reported_dwell_goes_on_whatever_the_looks() -> None:
    street = Street(policy=replace(WATCHED, update_seconds=1000)).look(seen(), times=62).look(seen(), every_seconds=9)
    assert street.the_spot.unwatched_seconds == 0
    assert street.reported == [("DwellBegan", 61.0)]


def test_it_comes_due_by_the_time_that_was_watched() -> None:
    street = Street(policy=WATCHED).look(seen(), times=31).look(seen(), every_seconds=5).look(seen(), times=24)
    last = street.the_spot.seen_at
    assert not comes_due(street.watch, WATCHED, since=last, at=last + (last - street.the_spot.arrived_at) * 0.05)
    assert comes_due(street.watch, WATCHED, since=last, at=last + (last - street.the_spot.arrived_at))


def test_a_place_that_looks_otherwise_twice_in_a_row_holds_another_thing() -> None:
    street = Street().look(seen(1), times=40).look(seen(1), changed=[1]).look(seen(1), changed=[1])
    assert street.the_spot.number == 2
    assert street.the_spot.dwell_seconds() == 1  # since it looks as it does now
    assert street.look(seen(1), times=58).reported == []
    assert street.look(seen(1), times=3).reported == [("DwellBegan", 101.0)]


def test_once_is_a_shadow_that_passes() -> None:
    street = Street().look(seen(), times=40).look(seen(), changed=[1]).look(seen(), times=30)
    assert street.reported == [("DwellBegan", 61.0)]


def test_so_is_what_passes_before_it_for_less_than_that() -> None:
    street = Street().look(seen(), times=40).look(seen(), times=2, every_seconds=0.5, changed=[1])
    assert street.look(seen(), times=30).reported == [("DwellBegan", 61.0)]


def test_nothing_is_reported_while_the_place_looks_otherwise() -> None:
    street = Street().look(seen(), times=61).look(seen(), changed=[1])
    assert street.reported == []
    assert street.look(seen()).reported == [("DwellBegan", 62.0)]


@pytest.mark.parametrize(("is_close", "reported"), [(True, []), (False, [("DwellBegan", 63.0)])])
def test_what_is_too_small_for_a_look_from_far_is_not_missed_by_it(
    *, is_close: bool, reported: list[tuple[str, float]]
) -> None:
    street = Street(policy=replace(POLICY, least_seen_share=0.5))
    for _ in range(30):
        street.look(seen()).look(times=2, is_close=is_close)
    assert street.reported[:1] == reported


def test_what_was_reported_is_not_another_thing_for_its_looks() -> None:
    street = Street().look(seen(), times=62).look(seen(), times=5, changed=[1])
    assert street.the_spot.number == 1


@pytest.mark.parametrize(("least", "reported"), [(4, 0), (3, 1)])
def test_a_dwell_needs_some_looks_that_saw_it(least: int, reported: int) -> None:
    street = Street(policy=replace(POLICY, least_sightings=least, gap_seconds=100)).look(seen()).look(times=30)
    street.look(seen()).look(times=30).look(seen())
    assert len(street.reported) == reported


@pytest.mark.parametrize(
    ("looks", "score", "seconds_later", "is_near"),
    [
        (59, 0.9, 0, True),  # due in two seconds
        (57, 0.9, 0, False),
        (59, 0.9, 2, True),
        (59, 0.9, 2.5, False),  # due already
        (59, 0.4, 0, False),  # not sure enough to be reported
        (62, 0.9, 0, False),  # reported
        (1, 0.9, 59, False),  # drove by
    ],
)
def test_a_dwell_is_nearly_due_in_its_last_seconds(
    looks: int, score: float, seconds_later: float, *, is_near: bool
) -> None:
    policy = replace(POLICY, least_score=0.5)
    street = Street(policy=policy).look(seen(score=score), times=looks)
    at = AT + timedelta(seconds=street.seconds + seconds_later)
    assert is_nearly_due(street.watch, policy, at=at, within_seconds=2) == is_near


SEEN_OFTEN = replace(POLICY, longest_unseen_seconds=3.0, gap_seconds=20)


@pytest.mark.parametrize(
    ("unseen", "recognised", "reported"),
    [
        pytest.param(2, (), [("DwellBegan", 61.0)], id="a moment"),
        pytest.param(9, (), [], id="another one may have come"),
        pytest.param(9, (1,), [("DwellBegan", 61.0)], id="it looks as it did"),
        pytest.param(9, (7,), [], id="another place looks as it did"),
    ],
)
def test_what_is_seen_again_after_a_long_time_must_be_recognised(
    unseen: int, recognised: tuple[int, ...], reported: list[tuple[str, float]]
) -> None:
    street = Street(policy=SEEN_OFTEN).look(seen(), times=30).look(times=unseen).look(seen(), recognised=recognised)
    assert street.look(seen(), times=61 - 30 - unseen).reported == reported


@given(gaps=st.lists(st.integers(4, 15), min_size=1, max_size=12), looks=st.integers(1, 55))
def test_vehicles_that_follow_one_another_on_a_spot_add_up_to_no_dwell(gaps: list[int], looks: int) -> None:
    street = Street(policy=SEEN_OFTEN)
    for number, gap in enumerate(gaps):
        street.look(seen(number), times=looks).look(times=gap)
    assert street.reported == []


def test_what_looked_otherwise_when_it_was_last_seen_had_begun_to_move() -> None:
    street = Street(policy=SEEN_OFTEN).look(seen(), times=30).look(seen(), changed=[1]).look(times=9)
    assert street.look(seen(), recognised=[1]).look(seen(), times=40).reported == []


def test_nor_is_it_recognised_by_a_view_that_was_lost_meanwhile() -> None:
    street = (
        Street(policy=SEEN_OFTEN).look(seen(), times=30).look(times=2).look(seen(), every_seconds=8, is_after_loss=True)
    )
    assert street.the_spot.dwell_seconds() == 0


def test_a_time_in_which_nobody_looked_hides_no_other_thing() -> None:
    street = Street(policy=SEEN_OFTEN).look(seen(), times=30).look(seen(), every_seconds=8, is_after_loss=True)
    assert street.look(seen(), times=30).reported == [("DwellBegan", 61.0)]


def test_after_a_restart_a_dwell_goes_on() -> None:
    street = Street(policy=SEEN_OFTEN).look(seen(), times=30)
    street.watch = replace(street.watch, looked_at=None)
    assert street.look(seen(), every_seconds=8).the_spot.dwell_seconds() > 30


def test_what_was_reported_goes_on_after_a_gap() -> None:
    street = Street(policy=SEEN_OFTEN).look(seen(), times=62).look(times=9).look(seen())
    assert [spot.number for spot in street.watch.spots] == [1]
