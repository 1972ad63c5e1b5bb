"""The line of a jam: its length, speed and delay as stated, and nothing that is not."""

from __future__ import annotations

from typing import Any

import pytest

from siaga_cloud.feeds.items import ItemError
from siaga_cloud.feeds.kinds.waze_lines import MOST_CORNERS, road_line

LINE = [{"x": 106.82, "y": -6.20}, {"x": 106.82, "y": -6.21}]


def jam(**more: Any) -> dict[str, Any]:
    return {"uuid": 1, "line": LINE, "street": "Jl. Sudirman", **more}


def test_what_is_stated_is_held() -> None:
    found = road_line(jam(speedKMH=6.5, length=900, delay=120))
    assert found is not None
    assert (found.street, found.speed_kmh, found.length_m, found.delay_seconds) == ("Jl. Sudirman", 6.5, 900, 120)
    assert found.corners == ((-6.20, 106.82), (-6.21, 106.82))
    assert not found.is_blocked


def test_a_blocked_road_has_no_speed() -> None:
    found = road_line(jam(delay=-1, speedKMH=0))
    assert found is not None
    assert (found.is_blocked, found.speed_kmh, found.delay_seconds) == (True, None, None)


def test_a_length_that_is_not_stated_is_that_of_the_line_and_an_unknown_speed_is_not_zero() -> None:
    found = road_line(jam())
    assert found is not None
    assert 1100 < found.length_m < 1125
    assert (found.speed_kmh, found.delay_seconds) == (None, None)


@pytest.mark.parametrize("line", [[], LINE[:1], None])
def test_a_point_is_no_line(line: Any) -> None:
    assert road_line(jam(line=line)) is None


def test_a_long_line_is_thinned_and_has_its_ends() -> None:
    line = [{"x": 106.0 + at / 10_000, "y": -6.2} for at in range(1001)]
    found = road_line(jam(line=line))
    assert found is not None
    assert len(found.corners) <= MOST_CORNERS
    assert (found.corners[0], found.corners[-1]) == ((-6.2, 106.0), (-6.2, 106.1))


@pytest.mark.parametrize("line", [["x", "y"], [{"x": 0, "y": 0}, {"x": 0, "y": 0}], [{"x": 400, "y": 1}] * 2])
def test_what_is_no_place_is_refused(line: Any) -> None:
    with pytest.raises(ItemError):
        road_line(jam(line=line))
