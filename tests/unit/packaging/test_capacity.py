"""The page on capacity says what its arithmetic gives."""

from __future__ import annotations

import pytest
from benchmarks import capacity
from benchmarks.capacity import PAGE, PLACES, Place, written


def test_the_page_holds_the_tables_as_they_come_out() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page
    assert written(page.replace("| cameras |", "| cats |")) == page


def test_twice_the_cameras_are_twice_the_load_and_room_of_cameras() -> None:
    one = Place(name="a", cameras=800, gauges=0, people=0)
    two = Place(name="b", cameras=1600, gauges=0, people=0)
    assert two.messages(storm=True) == pytest.approx(2 * one.messages(storm=True))
    assert two.pictures_gb == pytest.approx(2 * one.pictures_gb)
    assert two.database_gb == pytest.approx(2 * one.database_gb)


def test_a_city_by_hand() -> None:
    city = PLACES[0]
    assert city.nodes == 625 + 2000
    calm = 2000 / 300 + 2625 / 60 + 5000 * 20 / 86_400 * 5
    assert city.messages(storm=False) == pytest.approx(calm)
    assert city.database_gb == pytest.approx(calm * 86_400 * 40 * capacity.measured("message") / 1e9)
    assert city.requests == pytest.approx(10_000_000 * 0.02 / 600 * 6)
