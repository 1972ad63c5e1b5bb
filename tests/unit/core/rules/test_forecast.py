"""The level some hours ahead: the measure of flow, the sum, the band, the arrival."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.forecast import (
    Arrival,
    BandPart,
    Design,
    ForecastPoint,
    HorizonModel,
    Model,
    Slot,
    Upstream,
    arrival,
    as_flows,
    band_part,
    best_model,
    bridged,
    forecast,
    predict,
    to_flow,
    to_level,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WIDE = BandPart(up_to_cm=math.inf, low_cm=-3.0, high_cm=4.0)
DESIGN = Design(
    gauge_id="low", upstream=(Upstream(gauge_id="high", lag_seconds=5400),), horizons_seconds=(600.0, 3600.0)
)


def horizon(seconds: float, *weights: float, constant: float = 0.0) -> HorizonModel:
    return HorizonModel(
        horizon_seconds=seconds, constant=constant, weights=weights, band=(WIDE,), rms_error_cm=1.0, skill=0.5
    )


def model(*slots: Slot, weights: tuple[float, ...], beds: dict[str, float] | None = None) -> Model:
    horizons = tuple(horizon(seconds, *weights) for seconds in DESIGN.horizons_seconds)
    return Model(design=DESIGN, beds_cm=beds or {"low": 0.0}, slots=slots, horizons=horizons, rows=1000)


def slot(gauge_id: str, look: int, scale: float = 1.0) -> Slot:
    return Slot(gauge_id=gauge_id, look=look, scale=scale)


@given(st.floats(-300, 2000), st.floats(-300, 300))
def test_a_level_becomes_flow_and_a_level_again(level_cm: float, bed_cm: float) -> None:
    assert to_level(to_flow(level_cm, bed_cm), bed_cm) == pytest.approx(max(level_cm, bed_cm), abs=1e-6)


@pytest.mark.parametrize(
    "horizons", [(), (0.0, 600.0), (1200.0, 600.0), (700.0,)], ids=["none", "zero", "falling", "off the grid"]
)
def test_horizons_that_make_no_sense_are_refused(horizons: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        Design(gauge_id="low", upstream=(), horizons_seconds=horizons)


def test_upstream_is_looked_at_past_its_lag() -> None:
    assert DESIGN.looks("low") == 3
    assert DESIGN.looks("high") == 3 + 2


def test_without_weights_the_level_persists_and_the_band_surrounds_it() -> None:
    reported = forecast(model(slot("low", 0), weights=(0.0,)), {"low": [100.0, 120.0]}, at=NOW)
    assert [point.at - NOW for point in reported] == [timedelta(minutes=10), timedelta(hours=1)]
    for point in reported:
        assert (point.level_cm, point.low_cm, point.high_cm) == pytest.approx((120, 117, 124))


def test_a_change_upstream_comes_down_by_its_weight() -> None:
    # In the hour before, the gauge upstream rose by what is 50 in flow; at 0.5 that is 25 here.
    flows_up = [100.0] * 6 + [150.0]
    levels: dict[str, list[float | None]] = {
        "low": [to_level(200.0, 0)] * 7,
        "high": [to_level(flow, 10.0) for flow in flows_up],
    }
    one = model(slot("high", 1, scale=2.0), weights=(1.0,), beds={"low": 0.0, "high": 10.0})
    reported = predict(one, levels, 6)
    assert reported is not None
    assert reported[0][0] == pytest.approx(to_level(225.0, 0))


@pytest.mark.parametrize(
    ("levels", "index"),
    [({"low": [None]}, 0), ({"low": [1.0]}, 3), ({"low": [1.0]}, -1)],
    ids=["not known", "beyond the end", "before the start"],
)
def test_what_is_not_known_gives_no_forecast(levels: dict[str, list[float | None]], index: int) -> None:
    assert predict(model(slot("low", 0), weights=(1.0,)), levels, index) is None


def test_a_change_with_a_gap_in_it_gives_no_forecast() -> None:
    levels: dict[str, list[float | None]] = {"low": [None, *[5.0] * 6]}
    assert forecast(model(slot("low", 1), weights=(1.0,)), levels, at=NOW) == ()


def test_series_of_unlike_length_end_at_the_same_moment() -> None:
    both = model(slot("low", 0), slot("high", 0), weights=(0.0, 0.0), beds={"low": 0.0, "high": 0.0})
    (first, _) = forecast(both, {"low": [1.0, 2.0, 3.0], "high": [9.0]}, at=NOW)
    assert first.level_cm == pytest.approx(3.0)


def test_the_band_never_excludes_what_is_forecast() -> None:
    off = BandPart(up_to_cm=math.inf, low_cm=2.0, high_cm=5.0)
    one = HorizonModel(horizon_seconds=600, constant=0, weights=(0.0,), band=(off,), rms_error_cm=1, skill=0)
    lonely = Model(design=DESIGN, beds_cm={"low": 0.0}, slots=(slot("low", 0),), horizons=(one,), rows=1)
    reported = predict(lonely, {"low": [10.0]}, 0)
    assert reported is not None
    assert len(reported) == 1
    assert reported[0] == pytest.approx((10, 10, 15))


def test_the_band_goes_by_the_size_of_the_change() -> None:
    small = BandPart(up_to_cm=5, low_cm=-1, high_cm=1)
    assert band_part((small, WIDE), -4) is small
    assert band_part((small, WIDE), 6) is WIDE
    assert band_part((small,), 6) is small


def test_the_fullest_model_that_can_be_used_is_used() -> None:
    lonely = model(slot("low", 0), weights=(0.0,))
    both = model(slot("low", 0), slot("high", 0), weights=(0.0, 0.0))
    assert best_model([lonely, both], frozenset({"low", "high"})) is both
    assert best_model([lonely, both], frozenset({"low"})) is lonely
    assert best_model([lonely, both], frozenset({"high"})) is None


def points(*levels: tuple[float, float, float]) -> list[ForecastPoint]:
    return [
        ForecastPoint(at=NOW + timedelta(hours=hour), level_cm=level, low_cm=low, high_cm=high)
        for hour, (level, low, high) in enumerate(levels)
    ]


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        pytest.param(points((10, 0, 20), (40, 20, 49)), None, id="not even the upper edge"),
        pytest.param(points(), None, id="nothing told"),
        pytest.param(
            points((60, 50, 70), (60, 50, 70)), Arrival(at=NOW, earliest_at=NOW, latest_at=NOW), id="there already"
        ),
        pytest.param(
            points((0, 0, 0), (100, 50, 200)),
            Arrival(
                at=NOW + timedelta(minutes=30),
                earliest_at=NOW + timedelta(minutes=15),
                latest_at=NOW + timedelta(hours=1),
            ),
            id="between two points",
        ),
        pytest.param(
            points((0, 0, 0), (25, 0, 100)),
            Arrival(at=None, earliest_at=NOW + timedelta(minutes=30), latest_at=None),
            id="perhaps",
        ),
    ],
)
def test_arrival(reported: list[ForecastPoint], expected: Arrival | None) -> None:
    assert arrival(reported, 50) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([1.0, None, 3.0], [1.0, 2.0, 3.0]),
        ([1.0, None, None, None, 5.0], [1.0, None, None, None, 5.0]),
        ([None, 1.0, None], [None, 1.0, 1.0]),
        ([1.0, None, None, None], [1.0, None, None, None]),
        ([None], [None]),
    ],
)
def test_short_gaps_are_bridged(levels: list[float | None], expected: list[float | None]) -> None:
    assert bridged(levels, longest=2) == expected


def test_unknown_levels_remain_unknown_as_flows() -> None:
    assert as_flows([None, 0.0], 5.0) == [None, 0.0]


@pytest.mark.parametrize(
    ("levels", "longest", "expected"),
    [
        ([0.0, None, None, 9.0], 2, [0.0, 3.0, 6.0, 9.0]),
        ([4.0, None, None, 1.0], 2, [4.0, 3.0, 2.0, 1.0]),
        ([7.0, 5.0, None, None, None, 1.0], 3, [7.0, 5.0, 4.0, 3.0, 2.0, 1.0]),
        ([1.0, None, None, 4.0], 1, [1.0, None, None, 4.0]),
    ],
)
def test_a_bridge_is_a_straight_line(levels: list[float | None], longest: int, expected: list[float | None]) -> None:
    assert bridged(levels, longest=longest) == expected


def test_the_arrival_lies_between_two_points_by_the_share_of_the_rise() -> None:
    points = [
        ForecastPoint(at=NOW + timedelta(hours=hours), level_cm=level, low_cm=level - 10, high_cm=level + 10)
        for hours, level in ((0, 20.0), (1, 40.0), (3, 80.0))
    ]
    found = arrival(points, 50)
    assert found == Arrival(
        at=NOW + timedelta(hours=1.5), earliest_at=NOW + timedelta(hours=1), latest_at=NOW + timedelta(hours=2)
    )


def test_horizons_rise_from_zero_on_by_whole_steps() -> None:
    assert Design(gauge_id="x", upstream=(), horizons_seconds=(600.0, 1200.0)).horizons_seconds[0] == 600.0
    assert Design(gauge_id="x", upstream=(), horizons_seconds=(1.0, 2.0), step_seconds=1.0).step_seconds == 1.0
