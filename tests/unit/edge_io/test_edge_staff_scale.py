"""From places on a staff to levels, and what is told of a staff's settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from siaga_edge.gauge.staff_reading import StaffObservation, StaffReading, reading, refused
from siaga_edge.gauge.staff_scale import Mark, StaffScale, StaffScaleError, fit
from siaga_edge.settings.staff_gauges import CameraSource, StaffSettings

LINE = [[0.4, 0.1], [0.4, 0.9]]


def staff(**changes: object) -> dict[str, object]:
    points = [{"at": [0.4, 0.2], "level_cm": 200}, {"at": [0.4, 0.8], "level_cm": 50}]
    return {"line": LINE, "width": 0.03, "points": points, **changes}


def test_two_points_make_a_straight_scale() -> None:
    scale = StaffSettings.model_validate(staff()).scale()
    assert scale.level_cm(0.125) == pytest.approx(200)
    assert scale.level_cm(0.5) == pytest.approx(125)
    assert scale.falls
    assert scale.span_cm == pytest.approx((50, 200))


@given(
    a=st.floats(-200, 400),
    rise=st.floats(20, 2000),
    bend=st.floats(-0.6, 3.0),
    falls=st.booleans(),
    places=st.lists(st.integers(0, 20), min_size=3, max_size=8, unique=True),
)
def test_any_perspective_is_found_again_from_three_points(
    a: float, rise: float, bend: float, falls: bool, places: list[int]
) -> None:
    end = a - rise if falls else a + rise

    def level(along: float) -> float:
        return (a + ((1 + bend) * end - a) * along) / (1 + bend * along)

    scale = fit([Mark(along=place / 20, level_cm=level(place / 20)) for place in places])
    low, high = min(places) / 20, max(places) / 20
    for along in (low, (low + high) / 2, high):
        assert scale.level_cm(along) == pytest.approx(level(along), abs=0.02 + 1e-4 * rise)
        assert scale.along(scale.level_cm(along)) == pytest.approx(along, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"points": [{"at": [0.4, 0.2], "level_cm": 1}]}, "at least 2", id="one point"),
        pytest.param({"line": [[0.4, 0.1], [0.4, 1.2]]}, "expected shares of width and height from 0 to 1", id="line"),
        pytest.param({"line": [[0.4, 0.1], [0.4, 0.11]]}, "at least 0.02 of the image apart", id="short line"),
        pytest.param(
            {"points": [{"at": [0.5, 0.2], "level_cm": 200}, {"at": [0.4, 0.8], "level_cm": 50}]},
            "got point 1 at [0.5, 0.2], 0.100 beside the line",
            id="beside the line",
        ),
        pytest.param(
            {"points": [{"at": [0.4, 0.02], "level_cm": 200}, {"at": [0.4, 0.8], "level_cm": 50}]},
            "got point 1 at [0.4, 0.02] beyond the line",
            id="beyond the line",
        ),
        pytest.param(
            {
                "points": [
                    {"at": [0.4, 0.2], "level_cm": 200},
                    {"at": [0.4, 0.5], "level_cm": 210},
                    {"at": [0.4, 0.8], "level_cm": 50},
                ]
            },
            "got levels 200, 210, 50 along the line, expected levels that only rise or only fall along it",
            id="up and down",
        ),
        pytest.param(
            {"points": [{"at": [0.4, 0.2], "level_cm": 200}, {"at": [0.4, 0.2], "level_cm": 50}]},
            "at one place, expected places of their own",
            id="one place",
        ),
        pytest.param({"width": 0.0}, "greater than 0", id="no width"),
    ],
)
def test_a_staff_that_cannot_be_is_refused_with_the_reason(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        StaffSettings.model_validate(staff(**changes))
    assert message in str(caught.value)


def test_frames_must_fit_between_two_readings() -> None:
    raw = {"kind": "camera", "camera": "cam-1", "staff": staff(), "every_seconds": 2, "frames_seconds": 4}
    with pytest.raises(ValidationError, match="expected frames_seconds at most every_seconds"):
        CameraSource.model_validate(raw)


def test_levels_that_no_straight_staff_shows_are_refused() -> None:
    with pytest.raises(StaffScaleError, match="no camera can see"):
        fit([Mark(along=0.0, level_cm=0), Mark(along=0.49, level_cm=1), Mark(along=0.5, level_cm=99),
             Mark(along=1.0, level_cm=100)])  # fmt: skip


# --- whether a level is told -------------------------------------------------------------------------------------

SCALE = StaffScale(a=210, b=-200, c=0, residual_cm=0.3, first=0.05, last=0.95)  # calibrated from 20 to 200 cm


def reported(
    level: float, uncertainty: float, *, above: float = 0.0, below: float = 0.0, halves: tuple[float, ...] = ()
) -> StaffReading:
    seen = StaffObservation(level_cm=level, uncertainty_cm=uncertainty, above=above, below=below)
    others = [StaffObservation(level_cm=each, uncertainty_cm=uncertainty) for each in halves]
    return reading(seen, others, scale=SCALE, pixel_cm=0.5, max_uncertainty_cm=5, frames=8)


def test_a_clear_waterline_is_reported_with_all_of_its_uncertainty() -> None:
    clear = reported(100, 1.0)
    assert clear.level_cm == 100
    assert clear.flags == ()
    assert 1.0 < (clear.uncertainty_cm or 0) < 1.5
    assert (reported(100, 1.0, halves=(98.0, 101.0)).uncertainty_cm or 0) > 2


@pytest.mark.parametrize(
    ("refusal", "flag"),
    [
        pytest.param(lambda: reported(100, 6.0), "weak_signal", id="too wide"),
        pytest.param(lambda: reported(100, float("inf")), "weak_signal", id="nothing to see"),
        pytest.param(lambda: reported(100, 1.0, halves=(90.0, 100.0)), "weak_signal", id="frames disagree"),
        pytest.param(lambda: reported(207, 1.0), "above_range", id="over the last point"),
        pytest.param(lambda: reported(13, 1.0), "below_range", id="under the first point"),
        pytest.param(lambda: reported(100, float("inf"), above=0.9), "above_range", id="all water"),
        pytest.param(lambda: reported(100, float("inf"), below=0.9), "below_range", id="all dry"),
        pytest.param(lambda: refused("view_moved"), "view_moved", id="moved"),
    ],
)
def test_a_refusal_has_no_level_and_states_why(refusal, flag: str) -> None:  # type: ignore[no-untyped-def]
    found = refusal()
    assert found.level_cm is None
    assert found.uncertainty_cm is None
    assert found.flags == (flag,)


def test_a_level_that_is_almost_too_uncertain_is_marked() -> None:
    assert reported(100, 3.5).flags == ("uncertain",)
