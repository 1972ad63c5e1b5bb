"""The river keeps its water, and floods take as long between gauges as they are published to take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga_sim.city import load_city
from siaga_sim.river import Catchment, Cloudburst, Gauge, Network, Pond, Reach, River
from siaga_sim.river.hydrology import ponded_mm, reservoirs
from siaga_sim.river.network import NetworkError
from siaga_sim.river.simulation import STEP_HOURS

PUBLISHED_HOURS = [
    pytest.param("puncak", "katulampa", "depok", 3.0, id="katulampa to depok"),
    pytest.param("bogor", "depok", "manggarai", 6.0, id="depok to manggarai"),
    pytest.param("puncak", "katulampa", "manggarai", 9.0, id="katulampa to manggarai"),
    pytest.param("angke", "angke-hulu", "cengkareng-drain", 4.0, id="angke hulu to cengkareng drain"),
    pytest.param("pesanggrahan", "pesanggrahan", "cengkareng-drain", 4.5, id="pesanggrahan to cengkareng drain"),
    pytest.param("krukut", "krukut-hulu", "karet", 3.0, id="krukut hulu to karet"),
    pytest.param("sunter", "sunter-hulu", "pulo-gadung", 4.0, id="sunter hulu to pulo gadung"),
]


def rain_on(catchment: str, *, hours: float = 4, peak: float = 30) -> tuple[Cloudburst, ...]:
    return (Cloudburst(on=(catchment,), starts_hour=1, hours=hours, peak_mm_per_hour=peak),)


@pytest.mark.parametrize(("catchment", "upstream", "downstream", "hours"), PUBLISHED_HOURS)
def test_peak_arrives_after_the_published_travel_time(
    catchment: str, upstream: str, downstream: str, hours: float
) -> None:
    river = River(load_city("jakarta").network(), rain_on(catchment), hours=48)
    peaks = [river.hours[np.argmax(river.level_series(gauge))] for gauge in (upstream, downstream)]
    assert peaks[1] - peaks[0] == pytest.approx(hours, rel=0.1)


@pytest.mark.parametrize(("catchment", "upstream", "downstream", "hours"), PUBLISHED_HOURS)
def test_levels_correlate_best_at_the_published_travel_time(
    catchment: str, upstream: str, downstream: str, hours: float
) -> None:
    river = River(load_city("jakarta").network(), rain_on(catchment), hours=48)
    above, below = (river.level_series(gauge) - river.level_series(gauge)[0] for gauge in (upstream, downstream))
    lag_steps = int(np.argmax(np.correlate(below, above, mode="full"))) - (len(above) - 1)
    assert lag_steps * STEP_HOURS == pytest.approx(hours, rel=0.1)


def test_a_dry_river_does_not_flow() -> None:
    river = River(load_city("jakarta").network(), hours=10)
    assert np.ptp(river.level_series("manggarai")) == 0
    assert river.level_cm("manggarai", 5) < 750


@given(
    count=st.integers(1, 30),
    total_hours=st.floats(0.5, 8),
    peak=st.floats(1, 500),
)
@settings(max_examples=25, deadline=None)
def test_reservoirs_hold_all_water_and_delay_it_by_their_hours(count: int, total_hours: float, peak: float) -> None:
    hours = np.arange(0, 120, STEP_HOURS * 5)
    inflow = np.where((hours > 2) & (hours < 5), peak, 0.0)
    outflow = reservoirs(inflow, count=count, total_hours=total_hours, step_hours=STEP_HOURS * 5)
    assert outflow.sum() == pytest.approx(inflow.sum(), rel=1e-4)
    centre = (outflow @ hours) / outflow.sum() - (inflow @ hours) / inflow.sum()
    assert centre == pytest.approx(total_hours, rel=1e-3)


def test_a_pond_fills_over_its_drain_and_empties_again() -> None:
    rain = np.array([0.0, 30.0, 30.0, 10.0, 0.0, 0.0, 0.0, 30.0])
    standing = ponded_mm(rain, drain_mm_per_hour=20, step_hours=1)
    assert standing.tolist() == [0, 10, 20, 10, 0, 0, 0, 10]


def gauge(name: str) -> Gauge:
    return Gauge(id=name, bed_cm=0, full_cm=100, full_m3s=10, base_m3s=1)


def test_a_gauge_stands_at_full_when_its_full_flow_passes() -> None:
    river = River(
        Network(gauges=(Gauge(id="a", bed_cm=20, full_cm=120, full_m3s=7, base_m3s=7),), catchments=()), hours=1
    )
    assert river.level_cm("a", 0.5) == pytest.approx(120)


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        pytest.param(
            {"reaches": (Reach(upstream="a", downstream="x", hours=1),)},
            "reach a -> x: got gauge 'x', expected one of a, b",
            id="reach to nowhere",
        ),
        pytest.param(
            {
                "reaches": (
                    Reach(upstream="a", downstream="b", hours=1),
                    Reach(upstream="b", downstream="a", hours=1),
                )
            },
            "reach: got the circle a -> b -> a, expected water that only flows down",
            id="water in a circle",
        ),
        pytest.param({"gauges": (gauge("a"), gauge("a"))}, "gauge: got 'a' twice, expected every id once", id="twice"),
        pytest.param(
            {"ponds": (Pond(id="p", catchment="moon", drain_mm_per_hour=1, cm_per_mm=1),)},
            "pond p: got catchment 'moon', expected one of c",
            id="pond on the moon",
        ),
    ],
)
def test_a_network_that_cannot_be_is_refused(parts: dict[str, object], complaint: str) -> None:
    good: dict[str, object] = {
        "gauges": (gauge("a"), gauge("b")),
        "catchments": (Catchment(id="c", into="a", area_km2=1, runoff_share=0.5, response_hours=1),),
    }
    with pytest.raises(NetworkError) as refused:
        Network(**(good | parts))  # type: ignore[arg-type]
    assert str(refused.value) == complaint
