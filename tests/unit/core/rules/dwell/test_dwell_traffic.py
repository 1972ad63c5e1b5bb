"""Queues that move up and neighbours: one stay does not become another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.edge.dwell_street import AT, BEHIND, ELSEWHERE, KERB, POLICY, Street, seen, shifted

from siaga_core.rules.dwell import (
    DwellPolicy,
)
from siaga_core.rules.geometry import Box, iou

# --- it is another thing ----------------------------------------------------------------------------------------


def test_a_stop_and_go_queue_of_different_vehicles_never_alarms() -> None:
    # Each stands at the kerb for 20 s, then drives on while the next one, known from further back, moves up.
    street = Street()
    for number in range(1, 20):
        waiting = seen(number + 1, ELSEWHERE, origin=BEHIND)
        street.look(seen(number, origin=BEHIND), waiting, times=20)
        for dx in (0.1, 0.2, 0.3):
            ahead = seen(number, shifted(KERB, dx), origin=BEHIND)
            street.look(ahead, seen(number + 1, shifted(ELSEWHERE, dx), origin=BEHIND))
    assert street.reported == []


def test_even_when_the_vehicles_of_the_queue_overlap_in_the_frame() -> None:
    close = shifted(KERB, -0.12)
    assert 0.2 < iou(close, KERB) < 0.5
    street = Street()
    for number in range(1, 20):
        street.look(seen(number, origin=close), seen(number + 1, close, origin=BEHIND), times=20)
    assert street.reported == []


def test_nor_a_queue_whose_vehicles_are_first_seen_on_the_same_spot_at_the_edge_of_the_frame() -> None:
    street = Street()
    for number in range(1, 20):
        street.look(seen(number), seen(number - 1, shifted(KERB, 0.25), origin=KERB), times=20)
    assert street.reported == []


def test_one_that_only_seemed_to_have_left_goes_on_when_its_own_track_is_back() -> None:
    # Its box was drawn round two vehicles for a moment
    street = Street().look(seen(1), times=40).look(seen(1, shifted(KERB, 0.12), origin=KERB)).look(seen(1), times=21)
    assert street.reported == [("DwellBegan", 61)]


def test_but_not_when_a_new_one_is_born_where_it_was() -> None:
    street = Street().look(seen(1), times=40).look(seen(1, shifted(KERB, 0.25), origin=KERB))
    street.look(times=2).look(seen(2), times=30)
    assert street.reported == []


def test_it_may_leave_for_good_later_although_it_was_back_once() -> None:
    away = seen(1, shifted(KERB, 0.25), origin=KERB)
    street = Street().look(seen(1), times=30).look(away).look(seen(1), times=2).look(times=2).look(seen(5), times=30)
    assert street.reported == [("DwellBegan", 61)]


def test_one_that_moves_up_after_an_open_dwell_ends_it_and_starts_its_own_dwell() -> None:
    street = Street().look(seen(1), times=70).look(seen(2, origin=ELSEWHERE), times=55)
    assert street.reported == [("DwellBegan", 61), ("DwellEnded", 69.5)]
    assert street.the_spot.arrived_at == AT + timedelta(seconds=70)
    street.look(seen(2, origin=ELSEWHERE), times=10)
    assert street.reported[-1] == ("DwellBegan", 131)


def test_one_that_replaced_another_retains_its_own_dwell_when_its_track_switches() -> None:
    street = Street().look(seen(1), times=40).look(seen(2, shifted(KERB, 0.003), origin=ELSEWHERE), times=3)
    street.look(seen(3), times=50)
    assert street.reported == []
    assert street.the_spot.arrived_at == AT + timedelta(seconds=40)


def test_one_that_leaves_and_comes_back_starts_anew() -> None:
    street = Street().look(seen(1), times=50).look(times=12).look(seen(1), times=61)
    assert street.reported == []
    assert street.the_spot.number == 2
    assert street.look(seen(1)).reported == [("DwellBegan", 123)]


def test_one_that_parks_a_car_length_further_starts_anew() -> None:
    street = Street().look(seen(1), times=50).look(seen(1, shifted(KERB, 0.15), origin=KERB), times=50)
    assert street.reported == []


def test_one_that_creeps_all_the_time_never_alarms() -> None:
    street = Street()
    for number in range(200):
        street.look(seen(box=shifted(KERB, 0.006 * number), origin=KERB))
    assert street.reported == []


def test_a_motorcycle_born_in_front_of_a_hidden_car_is_not_the_car() -> None:
    street = Street().look(seen(1), times=50).look(seen(2, Box(0.48, 0.50, 0.56, 0.60), label="motorcycle"), times=30)
    assert street.reported == []


@pytest.mark.parametrize(
    ("box", "label"),
    [
        pytest.param(Box(0.40, 0.40, 0.48, 0.60), "person", id="of another kind in the place of a part"),
        pytest.param(Box(0.40, 0.40, 0.46, 0.46), "car", id="of the same kind in a corner"),
        pytest.param(Box(0.40, 0.40, 0.435, 0.60), "car", id="too little of it to tell"),
    ],
)
def test_what_is_born_where_a_part_of_it_was_is_not_the_hidden_car(box: Box, label: str) -> None:
    street = Street().look(seen(1), times=50).look(seen(2, box, label=label), times=20)
    assert street.reported == []


@pytest.mark.parametrize(
    ("box", "goes_on"),
    [
        # KERB is 0.2 wide and high, so a tenth of it is 0.02
        pytest.param(Box(0.40, 0.419, 0.479, 0.60), True, id="one side went, another moved by less than a tenth"),
        pytest.param(Box(0.40, 0.424, 0.479, 0.60), False, id="one side went, another moved by more than a tenth"),
        pytest.param(Box(0.40, 0.40, 0.4420, 0.60), True, id="a little over a fifth is left"),
        pytest.param(Box(0.40, 0.40, 0.4380, 0.60), False, id="a little under a fifth is left"),
    ],
)
def test_how_much_of_a_hidden_car_must_be_where_it_was(box: Box, goes_on: bool) -> None:
    street = Street().look(seen(1), times=50).look(seen(1, box, origin=KERB))
    assert (len(street.watch.spots) == 1) is goes_on


def test_a_box_that_overlaps_exactly_to_the_limit_is_the_same_place() -> None:
    policy = DwellPolicy(allowed_seconds=60, same_spot_iou=0.5)
    left_half = Box(0.0, 0.0, 0.5, 0.25)
    assert iou(Box(0.0, 0.0, 0.5, 0.5), left_half) == 0.5
    street = Street(policy=policy).look(seen(1, Box(0.0, 0.0, 0.5, 0.5))).look(seen(2, left_half, label="truck"))
    assert street.the_spot.sightings == 2


def test_the_policys_own_values() -> None:
    policy = DwellPolicy(allowed_seconds=180)
    assert (policy.gap_seconds, policy.same_spot_iou, policy.update_seconds) == (10, 0.5, 60)
    assert (policy.hidden_seconds, policy.least_seen_share, policy.least_score) == (30, 0, 0)


# --- who gets the spot ------------------------------------------------------------------------------------------


def test_the_better_overlap_wins_the_spot_not_the_higher_score() -> None:
    beside = shifted(KERB, 0.05)
    assert iou(beside, KERB) > POLICY.same_spot_iou
    street = Street().look(seen(1), times=40)
    street.look(seen(2, score=0.3), seen(3, beside, score=0.99), times=30)
    assert street.reported == [("DwellBegan", 61)]
    assert street.changes[0].spot.track_id == 2


def test_a_close_decision_goes_to_the_better_overlap_too() -> None:
    street = Street().look(seen(1), times=40)
    street.look(seen(3, shifted(KERB, 0.002), score=0.99), seen(2, shifted(KERB, 0.001), score=0.3))
    assert {spot.track_id: spot.arrived_at == AT for spot in street.watch.spots} == {2: True, 3: False}


def test_a_spot_is_matched_only_once_and_a_detection_counts_only_once() -> None:
    street = Street().look(seen(1), seen(2, shifted(KERB, 0.05)), times=5)
    assert sorted((spot.number, spot.sightings) for spot in street.watch.spots) == [(1, 5), (2, 5)]


def test_of_two_neighbours_each_retains_its_own_spot_when_both_tracks_switch() -> None:
    left, right = KERB, shifted(KERB, 0.06)
    street = Street().look(seen(1, left), times=10).look(seen(1, left), seen(2, right), times=10)
    street.look(seen(3, right), seen(4, left))
    arrived = {spot.track_id: (spot.arrived_at - AT).total_seconds() for spot in street.watch.spots}
    assert arrived == {4: 0, 3: 10}


def test_new_spots_are_numbered_by_score() -> None:
    street = Street().look(seen(1, score=0.2), seen(2, ELSEWHERE, score=0.8))
    assert {spot.track_id: spot.number for spot in street.watch.spots} == {2: 1, 1: 2}
    assert street.watch.next_number == 3
