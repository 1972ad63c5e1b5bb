"""The page on capacity says what its arithmetic gives."""

from __future__ import annotations

import pytest
from benchmarks.capacity import PAGE, PLACES, Place, measured, tables, written


def test_the_page_holds_the_tables_as_they_come_out() -> None:
    assert f"<!-- tables -->\n\n{tables()}\n\n<!-- end -->" in PAGE.read_text("utf-8")


def test_writing_the_page_mends_a_table_and_changes_nothing_else() -> None:
    page = PAGE.read_text("utf-8")
    wrong = page.replace("| cameras | 5,000 |", "| cameras | 4,000 |")
    assert wrong != page
    assert written(wrong) == page


@pytest.mark.parametrize("page", ["no marks", "<!-- end -->\n<!-- tables -->\n"])
def test_a_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="got 0 pairs of the marks"):
        written(page)


def test_the_sentences_of_the_page_have_the_figures_of_the_tables() -> None:
    city = PLACES[0]
    page = " ".join(PAGE.read_text("utf-8").split())
    for phrase in (
        f"people within ten minutes are {city.requests:,.0f} per second",
        f"{city.images_gb / 1e3:.1f} TB are in a folder of files",
        f"{measured('signals_rate'):,.0f} per second were measured for one category",
        f"a city's storm brings {city.signals:.0f}",
        f"{city.database_gb:.0f} GB of messages and readings",
        f"per province or large city ({PLACES[1].installations} here)",
        f"at {measured('ingest_rate'):,.0f} messages per second each",
    ):
        assert phrase in page


def test_twice_the_cameras_are_twice_the_load_and_room_of_cameras() -> None:
    one = Place(name="a", cameras=800, gauges=0, people=0)
    two = Place(name="b", cameras=1600, gauges=0, people=0)
    assert two.messages(storm=True) == pytest.approx(2 * one.messages(storm=True))
    assert two.images_gb == pytest.approx(2 * one.images_gb)
    assert two.database_gb == pytest.approx(2 * one.database_gb)


def test_a_city_by_hand() -> None:
    city = PLACES[0]
    assert city.nodes == 625 + 2000
    calm = 2000 / 300 + 2625 / 60 + 5000 * 20 / 86_400 * 5
    assert city.messages(storm=False) == pytest.approx(calm)
    retained = (calm - 2625 / 60) * 40 + 2625 / 60 * 7
    assert city.database_gb == pytest.approx(retained * 86_400 * measured("message") / 1e9)
    assert city.requests == pytest.approx(10_000_000 * 0.02 / 600 * 6)
