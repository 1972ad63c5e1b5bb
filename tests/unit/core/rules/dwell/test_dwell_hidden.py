"""What stands in front of a stay, and what it says of it: nothing, for a while."""

from __future__ import annotations

import pytest
from tests.support.edge.dwell_street import IN_FRONT, KERB, Street, seen, shifted

from siaga_core.rules.dwell import (
    DwellPolicy,
)
from siaga_core.rules.geometry import Box


def test_what_others_hide_is_not_looked_for_in_vain() -> None:
    street = Street().look(seen(1), times=40).look(times=25, others=[IN_FRONT])
    assert street.the_spot.misses == 0
    assert street.look(seen(2), times=5).reported == [("DwellBegan", 65)]


def test_without_them_it_would_be_gone() -> None:
    street = Street().look(seen(1), times=40).look(times=25).look(seen(2), times=5)
    assert street.reported == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Box(0.35, 0.20, 0.55, 0.58), id="stands behind it"),
        pytest.param(Box(0.55, 0.45, 0.75, 0.70), id="covers little of it"),
        pytest.param(Box(0.70, 0.45, 0.90, 0.70), id="stands beside it"),
        pytest.param(Box(0.35, 0.65, 0.55, 0.90), id="stands below it"),
        pytest.param(Box(0.41, 0.41, 0.61, 0.62), id="has taken its place"),
    ],
)
def test_it_is_not_hidden_by_what(other: Box) -> None:
    street = Street().look(seen(1), times=40).look(times=25, others=[other])
    assert street.watch.spots == ()


def test_it_may_not_be_hidden_for_ever() -> None:
    street = Street().look(seen(1), times=70).look(times=42, others=[IN_FRONT])
    assert street.reported[-1][0] == "DwellBegan"
    street.look(others=[IN_FRONT])
    assert street.reported[-1] == ("DwellEnded", 74)  # nobody can say when: half of the gap after it was seen last


def test_passers_by_do_not_hold_what_has_left() -> None:
    street = Street().look(seen(1), times=70)
    for _ in range(6):
        street.look().look(others=[IN_FRONT])
    assert street.reported[-1] == ("DwellEnded", 69.5)


def test_what_shows_of_it_beside_others_retains_the_dwell() -> None:
    street = Street().look(seen(1), times=40).look(times=25, others=[IN_FRONT], showing=[1])
    assert street.reported == [("DwellBegan", 61)]
    assert street.the_spot.misses == 0


def test_it_is_gone_once_that_looks_otherwise() -> None:
    street = Street().look(seen(1), times=61).look(times=4, showing=[1]).look(times=12)
    assert street.reported == [("DwellBegan", 61), ("DwellEnded", 64.5)]


@pytest.mark.parametrize(
    ("looks", "score"),
    [pytest.param(2, 0.9, id="seen twice only"), pytest.param(30, 0.3, id="seen unsurely")],
)
def test_what_is_not_known_well_is_not_known_by_its_looks(looks: int, score: float) -> None:
    street = Street(policy=DwellPolicy(allowed_seconds=60, gap_seconds=10, least_score=0.45))
    street.look(seen(score=score), times=looks).look(times=60, showing=[1])
    assert street.reported == []
    assert street.watch.spots == ()


def test_what_was_seen_elsewhere_is_not_where_it_was() -> None:
    street = Street().look(seen(1), times=40).look(seen(1, shifted(KERB, 0.25), origin=KERB))
    street.look(times=12, showing=[1])
    assert [spot.number for spot in street.watch.spots] == []


def test_what_has_left_is_not_hidden() -> None:
    street = Street().look(seen(1), times=40).look(seen(1, shifted(KERB, 0.25), origin=KERB))
    street.look(times=12, others=[IN_FRONT])
    assert all(spot.track_id != 1 or spot.anchor != KERB for spot in street.watch.spots)


def test_the_time_of_being_hidden_begins_anew_after_each_detection() -> None:
    street = Street().look(seen(1), times=10)
    for _ in range(3):
        street.look(times=25, others=[IN_FRONT]).look(seen(1))
    assert street.reported == [("DwellBegan", 61)]
