"""Who stays too long in one place: tracks that switch, buses that pass, queues that move up, cameras that are lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edge.dwell_street import AT, ELSEWHERE, IN_FRONT, KERB, POLICY, Street, seen, shifted

from siaga_core.rules.dwell import (
    DwellBegan,
    DwellEnded,
    DwellPolicy,
    DwellUpdated,
    DwellWatch,
    comes_due,
    step,
)
from siaga_core.rules.geometry import Box, iou
from siaga_core.rules.looks.sighting import Sighting

# --- the plain life of a stay -----------------------------------------------------------------------------------


def test_a_dwell_begins_an_event_when_it_is_longer_than_allowed_and_only_once() -> None:
    assert Street().look(seen(), times=61).reported == []
    assert Street().look(seen(), times=80).reported == [("DwellBegan", 61)]


def test_it_is_reported_again_each_update_interval_while_it_lasts() -> None:
    street = Street().look(seen(), times=130)
    assert street.reported == [("DwellBegan", 61), ("DwellUpdated", 91), ("DwellUpdated", 121)]
    assert isinstance(street.changes[1], DwellUpdated)
    assert street.changes[1].spot.dwell_seconds() == 91


def test_it_ends_once_after_the_gap_in_the_middle_before_the_first_look_in_vain() -> None:
    street = Street().look(seen(), times=70).look(times=11)
    assert street.reported == [("DwellBegan", 61)]
    street.look()
    assert street.reported == [("DwellBegan", 61), ("DwellEnded", 69.5)]
    assert street.watch.spots == ()
    assert street.look(times=50).reported[-1] == ("DwellEnded", 69.5)


def test_all_three_report_the_same_spot() -> None:
    began, updated, ended = Street().look(seen(), times=100).look(times=12).changes
    assert isinstance(began, DwellBegan)
    assert isinstance(updated, DwellUpdated)
    assert isinstance(ended, DwellEnded)
    assert {change.spot.number for change in (began, updated, ended)} == {1}
    assert {change.spot.arrived_at for change in (began, updated, ended)} == {AT}
    assert began.spot.began_at == AT + timedelta(seconds=61)


def test_a_dwell_that_was_never_too_long_ends_without_an_event() -> None:
    assert Street().look(seen(), times=60).look(times=30).reported == []


def test_hidden_things_are_not_reported_as_present() -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=5, gap_seconds=60, update_seconds=10))
    street.look(seen(), times=8).look(times=40)
    assert street.reported == [("DwellBegan", 6)]


def test_a_step_does_not_change_the_watch_it_is_given() -> None:
    watch, _ = step(DwellWatch(), [seen()], at=AT, policy=POLICY)
    again = [step(watch, [seen()], at=AT + timedelta(seconds=1), policy=POLICY) for _ in range(2)]
    assert again[0] == again[1]


def test_two_vehicles_have_a_dwell_each() -> None:
    street = Street().look(seen(1), times=30).look(seen(1), seen(2, ELSEWHERE), times=80)
    assert street.reported == [("DwellBegan", 61), ("DwellUpdated", 91), ("DwellBegan", 91)]
    assert sorted(spot.number for spot in street.watch.spots) == [1, 2]


def test_the_score_is_the_mean_and_the_label_is_the_first() -> None:
    spot = Street().look(seen(score=0.5)).look(seen(label="truck", score=0.9)).the_spot
    assert spot.score == pytest.approx(0.7)
    assert (spot.label, spot.sightings) == ("car", 2)


def test_after_ten_detections_the_score_follows_slowly() -> None:
    street = Street().look(seen(score=0.5), times=10)
    assert street.look(seen(score=1.0)).the_spot.score == pytest.approx(0.55)
    assert street.look(seen(score=1.0), times=100).the_spot.score == pytest.approx(1.0, abs=0.01)


# --- it is still the same thing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden_looks", [0, 1, 10])
def test_a_new_track_born_on_the_spot_continues_the_dwell(hidden_looks: int) -> None:
    # An id switch, or a tracker that was restarted
    street = Street().look(seen(1), times=40).look(times=hidden_looks).look(seen(2), times=40)
    assert street.reported[0] == ("DwellBegan", 61)


def test_an_id_that_switches_at_every_look_makes_one_dwell() -> None:
    street = Street()
    for number in range(80):
        street.look(seen(number))
    assert street.reported == [("DwellBegan", 61)]


def test_a_bus_that_hides_a_car_for_less_than_the_gap_does_not_reset_it() -> None:
    street = Street().look(seen(1), times=40).look(times=9).look(seen(2), times=20)
    assert street.reported == [("DwellBegan", 61)]


def test_a_bus_that_stands_right_over_the_spot_while_it_passes_does_not_reset_it() -> None:
    street = Street().look(seen(1), times=40)
    far = Box(-0.3, 0.38, -0.06, 0.6)
    for dx in (0.42, 0.50, 0.68, 0.74, 0.9):
        street.look(seen(7, shifted(far, dx), origin=far, label="bus"))
    assert max(iou(shifted(far, dx), KERB) for dx in (0.42, 0.50, 0.68, 0.74)) > 0.5
    assert street.look(seen(8), times=30).reported == [("DwellBegan", 61)]


def test_nor_when_the_bus_steals_the_cars_track() -> None:
    street = Street().look(seen(1), times=40).look(seen(1, shifted(KERB, 0.25), origin=KERB, label="bus"), times=2)
    assert street.look(seen(5), times=30).reported == [("DwellBegan", 61)]


@pytest.mark.parametrize(
    "visible",
    [
        pytest.param(Box(0.40, 0.40, 0.48, 0.60), id="left part"),
        pytest.param(Box(0.53, 0.40, 0.60, 0.60), id="right part"),
        pytest.param(Box(0.40, 0.40, 0.60, 0.48), id="upper part"),
        pytest.param(Box(0.41, 0.39, 0.59, 0.47), id="upper part, a little off"),
    ],
)
@pytest.mark.parametrize("track_after", [1, 2], ids=["same track", "new track"])
def test_a_car_that_is_partly_hidden_for_long_retains_its_dwell(visible: Box, track_after: int) -> None:
    assert iou(visible, KERB) < POLICY.same_spot_iou
    street = (
        Street().look(seen(1), times=20).look(seen(track_after, visible), times=30).look(seen(track_after), times=30)
    )
    assert street.reported == [("DwellBegan", 61)]


@pytest.mark.parametrize(("group", "goes_on"), [("vehicle", True), ("", False)])
def test_the_part_of_it_that_is_seen_may_have_another_label_of_its_group(group: str, *, goes_on: bool) -> None:
    part = Box(0.40, 0.40, 0.48, 0.60)
    street = Street().look(seen(1, group=group), times=5).look(seen(2, part, label="truck", group=group))
    assert (len(street.watch.spots) == 1) is goes_on


def test_a_car_that_is_hidden_first_on_one_side_then_on_the_other_retains_its_dwell() -> None:
    street = Street().look(seen(), times=20)
    street.look(seen(box=Box(0.53, 0.40, 0.60, 0.60), origin=KERB), times=15)
    street.look(seen(box=Box(0.40, 0.40, 0.47, 0.60), origin=KERB), times=15)
    assert street.look(seen(), times=20).reported == [("DwellBegan", 61)]


def test_a_car_that_was_partly_hidden_when_it_came_retains_its_dwell() -> None:
    part = Box(0.40, 0.40, 0.49, 0.60)
    assert Street().look(seen(box=part), times=30).look(seen(origin=part), times=40).reported == [("DwellBegan", 61)]


def test_the_place_retains_its_whole_size_while_a_part_is_hidden_and_grows_when_more_is_seen() -> None:
    street = Street().look(seen()).look(seen(box=Box(0.40, 0.40, 0.48, 0.60)), times=30)
    assert street.the_spot.anchor == KERB
    assert street.look(seen(box=Box(0.40, 0.40, 0.65, 0.60)), times=200).the_spot.anchor.x2 == pytest.approx(
        0.65, abs=1e-3
    )


def test_a_box_that_trembles_is_one_dwell() -> None:
    street = Street()
    for number in range(80):
        street.look(seen(box=shifted(KERB, 0.02 * (-1) ** number), origin=KERB))
    assert street.reported == [("DwellBegan", 61)]


def test_the_place_follows_a_box_by_a_twentieth_of_the_distance() -> None:
    anchor = Street().look(seen()).look(seen(box=shifted(KERB, 0.02))).the_spot.anchor
    assert anchor.x1 == pytest.approx(0.401)
    assert anchor.x2 == pytest.approx(0.601)
    assert (anchor.y1, anchor.y2) == (0.40, 0.60)


# --- is it trusted ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seen_each", "reported"), [(2, True), (3, False)])
def test_a_dwell_must_be_seen_in_enough_of_the_looks(seen_each: int, *, reported: bool) -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=20, least_seen_share=0.5))
    for number in range(60):
        street.look(*([seen()] if number % seen_each == 0 else []))
    assert bool(street.reported) is reported


def test_looks_in_which_it_was_hidden_do_not_speak_against_it() -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=20, least_seen_share=0.9))
    for _ in range(8):
        street.look(seen()).look(others=[IN_FRONT], times=3)
    assert street.the_spot.seen_share() == 1
    assert street.reported


def test_a_dwell_that_is_rather_something_else_in_the_mean_is_not_reported() -> None:
    policy = DwellPolicy(allowed_seconds=20, most_rival_share=0.5)
    called_a_car_once = Street(policy=policy).look(seen(score=0.8), times=10).look(seen(score=0.8, rival=0.7))
    assert called_a_car_once.look(seen(score=0.8), times=20).reported == [("DwellBegan", 21)]
    assert Street(policy=policy).look(seen(score=0.8, rival=0.5), times=40).reported == []


def test_what_passed_once_and_comes_back_under_the_same_track_has_not_stayed() -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=8, least_seen_share=0.34))
    street.look(seen(1), times=2).look(times=7)
    assert street.look(seen(1)).reported == []


@pytest.mark.parametrize(("score", "reported"), [(0.45, True), (0.44, False)])
def test_a_dwell_must_be_seen_surely_enough_in_the_mean(score: float, *, reported: bool) -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=20, least_score=0.45))
    street.look(seen(score=score - 0.1)).look(seen(score=score + 0.1)).look(seen(score=score), times=30)
    assert bool(street.reported) is reported


# --- when to look -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "at", "due"),
    [
        pytest.param(50, 60, False, id="it is allowed up to here"),
        pytest.param(50, 60.2, True, id="a moment later"),
        pytest.param(60, 61, True, id="looked at the very limit"),
        pytest.param(60.2, 70, False, id="looked at since"),
    ],
)
def test_a_look_is_due_once_a_dwell_becomes_too_long(since: float, at: float, *, due: bool) -> None:
    watch = Street().look(seen()).watch
    moments = {"since": AT + timedelta(seconds=since), "at": AT + timedelta(seconds=at)}
    assert comes_due(watch, POLICY, **moments) is due


def test_no_look_is_due_for_a_reported_dwell_or_where_nothing_stands() -> None:
    watch = Street().look(seen(), times=70).watch
    assert not comes_due(watch, POLICY, since=AT, at=AT + timedelta(seconds=100))
    assert not comes_due(DwellWatch(), POLICY, since=AT, at=AT + timedelta(seconds=100))


# --- when nobody looked -----------------------------------------------------------------------------------------


def test_a_camera_that_is_lost_for_a_while_does_not_reset_the_dwell() -> None:
    street = Street().look(seen(1), times=30).lose_camera(50).look(seen(2))
    assert street.reported == [("DwellBegan", 80)]


def test_but_what_stands_there_after_a_long_loss_may_be_another_and_starts_anew() -> None:
    street = Street().look(seen(1), times=30).lose_camera(60).look(seen(1))
    assert street.reported == []
    assert street.the_spot.arrived_at == AT + timedelta(seconds=90)


def test_a_short_allowance_does_not_make_the_patience_shorter_than_the_gap() -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=1, gap_seconds=10)).look(seen(1)).lose_camera(9).look(seen(1))
    assert street.reported == [("DwellBegan", 10)]


def test_a_lost_camera_never_reads_as_clear() -> None:
    street = Street().look(seen(1), times=70).lose_camera(3600).look(seen(2))
    assert street.reported == [("DwellBegan", 61), ("DwellUpdated", 3670)]


def test_nor_does_the_first_look_after_it_when_it_misses_the_car() -> None:
    street = Street().look(seen(1), times=70).lose_camera(3600).look(times=3).look(seen(2))
    assert ("DwellEnded", 69) not in street.reported
    street.look(times=12)
    assert street.reported[-1] == ("DwellEnded", 3673.5)


# --- always -----------------------------------------------------------------------------------------------------

places = st.sampled_from([KERB, shifted(KERB, 0.05), shifted(KERB, 0.12), ELSEWHERE, Box(0.40, 0.40, 0.48, 0.60)])
sightings = st.builds(
    Sighting,
    track_id=st.integers(1, 4),
    label=st.sampled_from(["car", "truck"]),
    box=places,
    origin=places,
    score=st.sampled_from([0.4, 0.6, 0.9]),
)
looks = st.lists(st.tuples(st.integers(1, 30), st.lists(sightings, max_size=4)), max_size=40)
hiders = st.lists(st.sampled_from([IN_FRONT, KERB, ELSEWHERE]), max_size=2)


@given(looks)
def test_each_dwell_begins_at_most_once_and_ends_at_most_once_after_it(
    played: list[tuple[int, list[Sighting]]],
) -> None:
    street = Street()
    for seconds, frame in played:
        street.look(*frame, every_seconds=seconds)
    for number in range(1, street.watch.next_number):
        reported = "".join(type(c).__name__[5] for c in street.changes if c.spot.number == number)
        assert re.fullmatch("(BU*E?)?", reported)


@given(looks)
def test_there_is_one_spot_for_each_sighting_and_nothing_is_remembered_for_ever(
    played: list[tuple[int, list[Sighting]]],
) -> None:
    street = Street()
    for seconds, frame in played:
        street.look(*frame, every_seconds=seconds)
        at = AT + timedelta(seconds=street.seconds)
        assert sum(spot.seen_at == at for spot in street.watch.spots) == len(frame)
        numbers = [spot.number for spot in street.watch.spots]
        assert len(set(numbers)) == len(numbers)
    street.look(times=12)
    assert street.watch.spots == ()


@given(looks)
def test_no_dwell_is_reported_that_was_not_longer_than_allowed(played: list[tuple[int, list[Sighting]]]) -> None:
    street = Street()
    for seconds, frame in played:
        street.look(*frame, every_seconds=seconds)
    assert all(change.spot.dwell_seconds() > POLICY.allowed_seconds for change in street.changes)


@given(looks, hiders)
def test_whatever_hides_it_nothing_is_remembered_for_ever(
    played: list[tuple[int, list[Sighting]]], others: list[Box]
) -> None:
    street = Street()
    for seconds, frame in played:
        street.look(*frame, every_seconds=seconds, others=others)
    street.look(times=44, others=others)
    assert street.watch.spots == ()
