"""A gauge that says dry while people tell of water."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.contradiction import CitizenStatement, DoubtPolicy, GaugeState, gauge_doubt, strength
from siaga_core.rules.geometry import LatLon

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
HERE = LatLon(-6.2079, 106.8484)
GAUGE = GaugeState(place=HERE, level_cm=600, s3_cm=750, rate_cm_per_hour=0.0, measured_at=AT, stale_seconds=900)


def people(count: int, *, metres: float = 500, minutes_ago: float = 10, same: bool = False) -> list[CitizenStatement]:
    return [
        CitizenStatement(
            signal_id=f"s{number}",
            source="citizen:one" if same else f"citizen:{number}",
            place=LatLon(HERE.lat + metres / 111_195, HERE.lon),
            observed_at=AT - timedelta(minutes=minutes_ago, seconds=number),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("gauge", "message", "doubted"),
    [
        pytest.param({}, people(5), True, id="five people and a dry gauge"),
        pytest.param({}, people(4), False, id="too few people"),
        pytest.param({}, people(12, same=True), False, id="one person twelve times"),
        pytest.param({}, people(5, metres=1001), False, id="too far"),
        pytest.param({"measured_at": AT - timedelta(seconds=900)}, people(5), True, id="a gauge just heard in time"),
        pytest.param({}, people(5, minutes_ago=121), False, id="too long ago"),
        pytest.param({"measured_at": AT - timedelta(seconds=901)}, people(5), False, id="a gauge that says nothing"),
        pytest.param({"level_cm": 730}, people(5), True, id="20 cm below Siaga 3 is dry"),
        pytest.param({"level_cm": 731}, people(5), False, id="nearer it may be on its way"),
        pytest.param({"level_cm": 731, "rate_cm_per_hour": -5.0}, people(5), True, id="unless it falls"),
        pytest.param({"level_cm": 731, "rate_cm_per_hour": -4.9}, people(5), False, id="falls too slowly"),
        pytest.param({"level_cm": 731, "rate_cm_per_hour": None}, people(5), False, id="rate not known"),
        pytest.param({"level_cm": 750, "rate_cm_per_hour": -50.0}, people(5), False, id="at Siaga 3 it is not dry"),
        pytest.param({"level_cm": -80, "s3_cm": -51}, people(5), True, id="limits below the zero of the gauge"),
    ],
)
def test_a_gauge_is_doubted(gauge: dict[str, object], message: list[CitizenStatement], doubted: bool) -> None:
    found = gauge_doubt(replace(GAUGE, **gauge), message, now=AT)  # type: ignore[arg-type]
    assert (found is not None) is doubted


def test_a_doubt_lists_its_evidence_sorted_and_grows_with_the_reporters() -> None:
    found = gauge_doubt(GAUGE, [*people(6), *people(3, metres=5000)], now=AT)
    assert found is not None
    assert (found.citizens, found.signal_ids[-1], found.last_at) == (6, "s0", AT - timedelta(minutes=10))
    assert strength(found) == pytest.approx(0.8)
    assert strength(replace(found, citizens=40)) == 1.0


@given(st.integers(0, 30), st.integers(1, 12))
def test_it_needs_the_number_of_people_that_the_policy_states(count: int, wanted: int) -> None:
    found = gauge_doubt(GAUGE, people(count), now=AT, policy=DoubtPolicy(min_citizens=wanted))
    assert (found is not None) == (count >= wanted)
