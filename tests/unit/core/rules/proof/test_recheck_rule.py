"""The answer of a camera that looks again, from what several frames show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.geometry import Box
from siaga_core.rules.verification.recheck import TOO_FEW, Glance, RecheckPolicy, judge

CAR = Box(0.4, 0.4, 0.6, 0.6)
NEARLY = Box(0.41, 0.4, 0.61, 0.6)
FAR = Box(0.0, 0.0, 0.2, 0.2)
POLICY = RecheckPolicy()
EMPTY, SEEN, HIDDEN = Glance(), Glance(boxes=(CAR,)), Glance(unseen="covered")


@pytest.mark.parametrize(
    ("glances", "policy", "state", "reason"),
    [
        pytest.param([EMPTY] * 5, POLICY, "cleared", "", id="an empty zone is clear"),
        pytest.param([SEEN] * 5, POLICY, "still_there", "", id="what stands in every frame is still there"),
        pytest.param([SEEN, Glance(boxes=(NEARLY,)), EMPTY, SEEN, EMPTY], POLICY, "still_there", "", id="wobble"),
        pytest.param([EMPTY, SEEN, EMPTY, EMPTY, EMPTY], POLICY, "cleared", "", id="what passes by is seen once"),
        pytest.param([Glance(boxes=(FAR,))] * 5, POLICY, "still_there", "", id="anywhere in the zone without a spot"),
        pytest.param([Glance(boxes=(FAR,))] * 5, RecheckPolicy(spot=CAR), "cleared", "", id="another car elsewhere"),
        pytest.param([EMPTY] * 2, POLICY, "cannot_see", TOO_FEW, id="two frames are too few"),
        pytest.param([], POLICY, "cannot_see", TOO_FEW, id="no frame at all"),
        pytest.param([HIDDEN] * 4 + [EMPTY] * 3, POLICY, "cannot_see", "covered", id="mostly covered"),
        pytest.param([HIDDEN] * 2 + [EMPTY] * 3, POLICY, "cleared", "", id="a little covered"),
    ],
)
def test_things_in_a_zone(glances: list[Glance], policy: RecheckPolicy, state: str, reason: str) -> None:
    reported = judge(glances, policy, is_water=False)
    assert (reported.state, reported.reason) == (state, reason)


@pytest.mark.parametrize(
    ("shares", "state"),
    [
        pytest.param([0.5, 0.4, 0.45], "still_there", id="water"),
        pytest.param([0.05, 0.02, 0.9], "cleared", id="one wrong frame"),
        pytest.param([0.12, 0.12, 0.12], "cleared", id="at the limit"),
    ],
)
def test_water_on_a_road(shares: list[float], state: str) -> None:
    reported = judge([Glance(water_share=share) for share in shares], POLICY, is_water=True)
    assert reported.state == state
    assert reported.water_share == sorted(shares)[1]


glances = st.lists(
    st.builds(
        Glance,
        boxes=st.lists(st.sampled_from([CAR, NEARLY, FAR]), max_size=3).map(tuple),
        water_share=st.none() | st.floats(0, 1),
        unseen=st.sampled_from(["", "", "covered", "black"]),
    ),
    max_size=12,
)


@given(glances=glances, is_water=st.booleans())
def test_it_is_only_ever_clear_by_frames_that_were_seen(glances: list[Glance], is_water: bool) -> None:
    reported = judge(glances, POLICY, is_water=is_water)
    seen = [glance for glance in glances if not glance.unseen]
    assert reported.frames == len(seen)
    assert (reported.state == "cannot_see") == bool(reported.reason)
    if reported.state == "cleared":
        assert len(seen) >= POLICY.least_frames
        assert reported.seen_share is not None
        assert reported.seen_share <= POLICY.there_share


def test_a_policy_that_requires_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="least_frames"):
        RecheckPolicy(least_frames=0)


@pytest.mark.parametrize(("least_frames", "there_share"), [(0, 0.5), (-1, 0.5), (3, 0.0), (3, -0.1), (3, 1.01)])
def test_a_policy_that_makes_no_sense_is_refused(least_frames: int, there_share: float) -> None:
    with pytest.raises(ValueError, match="expected least_frames >= 1 and 0 < there_share <= 1"):
        RecheckPolicy(least_frames=least_frames, there_share=there_share)


def test_one_frame_and_every_frame_are_policies_that_make_sense() -> None:
    assert judge([SEEN], RecheckPolicy(least_frames=1, there_share=1.0), is_water=False).state == "still_there"


@pytest.mark.parametrize(
    ("glances", "state", "seen_share"),
    [
        pytest.param([SEEN, SEEN, EMPTY, EMPTY], "still_there", 0.5, id="in half of the frames"),
        pytest.param([SEEN, EMPTY, EMPTY, EMPTY], "cleared", 0.25, id="in a quarter"),
        pytest.param([EMPTY] * 4, "cleared", 0.0, id="in none"),
    ],
)
def test_the_share_of_frames_decides_and_is_reported(glances: list[Glance], state: str, seen_share: float) -> None:
    found = judge(glances, POLICY, is_water=False)
    assert (found.state, found.frames, found.seen_share, found.water_share) == (state, 4, seen_share, None)


def test_a_box_that_is_alike_by_the_least_share_is_the_same_spot() -> None:
    found = judge([SEEN] * 3, RecheckPolicy(spot=CAR, same_spot_iou=1.0), is_water=False)
    assert found.state == "still_there"


def test_water_that_was_not_measured_counts_as_none() -> None:
    found = judge([EMPTY, EMPTY, Glance(water_share=0.12), Glance(water_share=0.2)], POLICY, is_water=True)
    assert (found.state, found.seen_share, found.water_share, found.frames) == ("cleared", 0.25, 0.06, 4)
