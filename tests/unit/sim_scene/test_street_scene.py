"""The drawn street: same script, same picture; truths lie in the frame; water rises with its level."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from siaga_sim.scene.presets import LAYOUTS
from siaga_sim.scene.script import ScriptError, StreetScript, load, parse
from siaga_sim.scene.street import Street

CLIPS = Path(__file__).parents[3] / "firmware-sim/siaga_sim/scenarios/clips"


def a_script(**more: object) -> StreetScript:
    return parse({"layout": "market", "width": 480, "height": 270, "seed": 7, **more})


@pytest.fixture(scope="module")
def street() -> Street:
    parkers = [{"enters_at": 2, "stops_at": 8, "leaves_at": 40}]
    return Street(a_script(parkers=parkers, trash=[{"at": 12, "size": 0.6, "removed_at": 50}]))


def test_the_same_script_gives_the_same_frames_in_any_sequence(street: Street) -> None:
    again = Street(street.script)
    later = again.frame(21.0)
    assert np.array_equal(again.frame(9.5, 20.0), street.frame(9.5, 20.0))
    assert np.array_equal(later, street.frame(21.0))


def test_another_seed_gives_another_image(street: Street) -> None:
    other = Street(a_script(seed=8))
    assert not np.array_equal(other.frame(3.0), street.frame(3.0))


@pytest.mark.parametrize("at", [0.0, 5.0, 14.0, 33.0])
def test_truth_boxes_lie_inside_the_frame(street: Street, at: float) -> None:
    truth = street.truth(at)
    assert truth
    for thing in truth:
        left, top, right, bottom = thing.box
        assert 0 <= left < right <= street.script.width
        assert 0 <= top < bottom <= street.script.height
        assert 0 < thing.visible_share <= 1


def names(street: Street, at: float) -> dict[str, str]:
    return {thing.name: thing.label for thing in street.truth(at)}


def test_the_parked_car_is_there_from_entering_until_it_left(street: Street) -> None:
    assert "parker0" not in names(street, 1.0)
    assert names(street, 20.0)["parker0"] == "car"
    assert "parker0" not in names(street, 60.0)


def test_a_parked_car_stands_inside_the_no_stopping_zone(street: Street) -> None:
    nodes = [next(t.box for t in street.truth(at) if t.name == "parker0") for at in (15.0, 30.0)]
    assert nodes[0] == nodes[1]
    spot, zone = street.layout.spots["no_stopping"], street.layout.no_stopping
    assert zone[0] < spot.x_m < zone[1]
    assert zone[2] < spot.y_m < zone[3]


def test_trash_lies_between_its_two_times(street: Street) -> None:
    assert "trash0" not in names(street, 11.0)
    assert names(street, 20.0)["trash0"] == "trash"
    assert "trash0" not in names(street, 51.0)


def test_trash_grows_in_the_frame() -> None:
    grows = Street(
        a_script(trash=[{"at": 0, "size": 0.1, "full_size": 1.0, "full_at": 40, "brought": False}], density=0)
    )
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for at in (1.0, 20.0, 41.0) for b in [grows.truth(at)[0].box]]
    assert areas[0] < areas[1] < areas[2]


def test_water_covers_more_as_it_rises(street: Street) -> None:
    masks = [street.water_mask(20.0, level) for level in (0.0, 3.0, 6.0, 10.0, 25.0, 60.0)]
    assert not masks[0].any()
    for lower, higher in itertools.pairwise(masks):
        assert not (lower & ~higher).any()
        assert higher.sum() > lower.sum()


def test_water_hides_the_wheels_but_not_the_roof(street: Street) -> None:
    dry = next(t.box for t in street.truth(20.0, 0.0) if t.name == "parker0")
    wading = next(t.box for t in street.truth(20.0, 40.0) if t.name == "parker0")
    assert wading[3] < dry[3] - 2
    assert wading[1] == dry[1]


def test_the_level_can_come_from_outside() -> None:
    driven = Street(a_script(water=[[0, 0]]), level_cm=lambda at: at * 2)
    assert driven.level_cm(15.0) == 30.0
    assert driven.water_mask(15.0).sum() > driven.water_mask(3.0).sum()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_zones_are_polygons_in_the_frame_and_hold_their_spots(layout: str) -> None:
    script = parse({"layout": layout, "width": 320, "height": 180, "density": 0})
    drawn = Street(script)
    zones = drawn.zones()
    assert set(zones) == {"no_stopping", "watch", "road"}
    for polygon in zones.values():
        assert len(polygon) >= 3
        assert all(0 <= v <= 1 for point in polygon for v in point)
    assert {"no_stopping", "watch", "opposite", "far_watch"} <= set(drawn.layout.spots)


@pytest.mark.parametrize("clip", sorted(CLIPS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_clip_parses(clip: Path) -> None:
    assert load(clip).layout in LAYOUTS


def test_the_shipped_clips_are_all_there() -> None:
    assert {p.stem for p in CLIPS.glob("*.toml")} >= {"parking", "trash", "flooding", "quiet", "wet_road"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param({"layout": "moon"}, ["layout 'moon'", "expected one of canal"], id="layout"),
        pytest.param({"layout": "canal", "fps": 0}, ["x.toml: fps = 0", "greater than 0"], id="fps"),
        pytest.param({"layout": "canal", "colour": 1}, ["x.toml: colour", "not permitted"], id="unknown key"),
        pytest.param(
            {"layout": "canal", "parkers": [{"enters_at": 5, "stops_at": 6}]},
            ["parkers.0", "3 s after"],
            id="too quick",
        ),
        pytest.param(
            {"layout": "canal", "trash": [{"at": 1, "place": "roof"}]}, ["place 'roof'", "no_stopping"], id="place"
        ),
        pytest.param({"layout": "canal", "water": [[5, 1], [2, 3]]}, ["rising order"], id="water"),
    ],
)
def test_a_wrong_script_is_refused_with_the_key(table: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ScriptError) as refused:
        parse(table, "x.toml")
    for word in words:
        assert word in str(refused.value)
