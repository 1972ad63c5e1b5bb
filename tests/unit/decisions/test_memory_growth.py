"""When a soak says that memory grows."""

from __future__ import annotations

import math
import random

import pytest
from benchmarks.gauges.growth import floors, growth

MINUTES = range(12)


def _held(*mibs: float) -> list[tuple[float, float]]:
    return [(60.0 * minute, mib) for minute, mib in enumerate(mibs)]


def test_a_steady_leak_is_reported_with_its_size() -> None:
    chance = random.Random(1)
    found = growth(_held(*(250 + minute * 0.2 + chance.uniform(-0.3, 0.3) for minute in MINUTES)))
    assert found.is_leak(allowed=1.0)
    assert found.low < 12 < found.high
    assert found.slope == pytest.approx(12, abs=4)


@pytest.mark.parametrize(
    "mibs",
    [
        pytest.param([250 + random.Random(minute).uniform(-1, 1) for minute in MINUTES], id="noise"),
        pytest.param([250.0] * 5 + [257.0] + [250.0] * 6, id="one peak"),
        pytest.param([250.0] * 2 + [257.0] * 10, id="one early step"),
        pytest.param([258 - 8 * math.exp(-minute / 2) for minute in (10, 9, 11, 12, 10, 13, 12, 9)], id="warm caches"),
    ],
)
def test_what_does_not_go_on_is_no_leak(mibs: list[float]) -> None:
    assert not growth(_held(*mibs)).is_leak(allowed=1.0)


def test_too_short_a_run_is_not_judged() -> None:
    found = growth(_held(250, 251, 252))
    assert not found.is_judged
    assert not found.is_leak(allowed=1.0)


def test_only_the_least_of_each_minute_after_the_warm_up_counts() -> None:
    held = [(second, 250.0 + second % 60) for second in range(0, 360, 5)]
    assert floors(held, warm_up_seconds=120) == [(120, 250), (180, 250), (240, 250), (300, 250)]
