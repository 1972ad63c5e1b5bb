from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_edge.camera.detection.tracker import Track, Tracks, step

START = datetime(2026, 1, 1, tzinfo=UTC)


def _found(x: float, *, label: str = "car", score: float = 0.8, y: float = 0.4, size: float = 0.1) -> Detection:
    return Detection(label=label, score=score, box=Box(x, y, x + size, y + size))


def _followed(*looks: list[Detection], unsure: dict[int, list[Detection]] | None = None) -> list[tuple[Track, ...]]:
    tracks, seen = Tracks(), []
    for number, look in enumerate(looks):
        at = START + timedelta(seconds=0.5 * number)
        tracks, now = step(tracks, sure=look, unsure=(unsure or {}).get(number, []), at=at)
        seen.append(now)
    return seen


def _ids(look: tuple[Track, ...]) -> set[int]:
    return {track.id for track in look}


def test_a_standing_thing_retains_its_id_and_its_origin() -> None:
    seen = _followed(*[[_found(0.4 + 0.001 * number)] for number in range(20)])
    assert {track.id for look in seen for track in look} == {1}
    assert seen[-1][0].origin == Box(0.4, 0.4, 0.5, 0.5)


def test_two_that_pass_each_other_retain_their_ids() -> None:
    looks = [[_found(0.1 + 0.03 * n, y=0.40), _found(0.9 - 0.03 * n, y=0.52)] for n in range(20)]
    seen = _followed(*looks)
    assert all(_ids(look) == {1, 2} for look in seen)
    by_id = {track.id: track for track in seen[-1]}
    assert by_id[1].box.x1 > 0.6 > by_id[2].box.x1


def test_a_thing_in_steady_motion_is_followed_over_gaps_without_overlap() -> None:
    looks = [[_found(0.07 * number)] for number in range(10)]
    assert {track.id for look in _followed(*looks) for track in look} == {1}


def test_a_new_thing_far_away_is_another_one() -> None:
    first, second = _followed([_found(0.1)], [_found(0.8)])
    assert (_ids(first), _ids(second)) == ({1}, {2})


def test_a_person_where_a_car_was_is_not_the_car() -> None:
    first, second = _followed([_found(0.4)], [_found(0.4, label="person")])
    assert not _ids(first) & _ids(second)


def test_the_label_is_what_was_seen_most_and_one_wrong_look_does_not_change_it() -> None:
    labels = ["car", "car", "truck", "car", "truck"]
    seen = _followed(*[[_found(0.4, label=label)] for label in labels])
    assert [look[0].label for look in seen] == ["car"] * 5
    assert {track.id for look in seen for track in look} == {1}


@pytest.mark.parametrize(("apart", "things"), [(0.0, 1), (0.02, 1), (0.03, 2)])  # overlaps of 1, .67 and .54
def test_boxes_of_two_labels_are_one_vehicle_where_two_of_one_label_would_be(apart: float, things: int) -> None:
    (seen,) = _followed([_found(0.4, score=0.6), _found(0.4 + apart, label="truck", score=0.5)])
    assert (len(seen), seen[0].label) == (things, "car")


def test_one_vehicle_under_two_labels_is_one_thing() -> None:
    (seen,) = _followed([_found(0.4, label="car", score=0.6), _found(0.401, label="truck", score=0.7)])
    assert [track.label for track in seen] == ["truck"]


def test_an_unsure_look_continues_a_track_and_never_begins_one() -> None:
    faint = [_found(0.4, score=0.3)]
    seen = _followed([_found(0.4)], [], [_found(0.4)], unsure={1: faint})
    assert [_ids(look) for look in seen] == [{1}, {1}, {1}]
    assert _followed([], unsure={0: faint}) == [()]


def test_a_thing_hidden_for_long_comes_back_as_a_new_one() -> None:
    seen = _followed([_found(0.4)], *[[] for _ in range(12)], [_found(0.4)])
    assert _ids(seen[-1]) == {2}


def test_what_passes_in_front_of_a_standing_thing_does_not_steal_its_track() -> None:
    parked = [_found(0.4)]
    passing = [Detection(label="car", score=0.8, box=Box(0.36, 0.42, 0.52, 0.56))]
    seen = _followed(*[parked] * 6, passing, passing, parked)
    assert (_ids(seen[5]), _ids(seen[8])) == ({1}, {1})
    assert 1 not in _ids(seen[6])


def test_what_has_stood_is_followed_when_it_drives_away() -> None:
    leaving = [[_found(0.4 + 0.01 * n * n)] for n in range(1, 6)]
    seen = _followed(*[[_found(0.4)]] * 6, *leaving)
    assert {track.id for look in seen for track in look} == {1}
