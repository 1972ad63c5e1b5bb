"""Searching places: the cases that the pages' own rule passes, too (cloud/web/src/map/search.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.text.search import SearchedPlace, find_places, search_words

CASES = json.loads((Path(__file__).parents[3] / "data" / "place_search.json").read_text("utf-8"))
PLACES = [SearchedPlace(name=name, kind=kind, words=search_words(name)) for name, kind in CASES["places"]]


@pytest.mark.parametrize(("typed", "found"), CASES["cases"])
def test_what_is_typed_finds_these_places_the_best_first(typed: str, found: list[str]) -> None:
    assert sorted(one.name for one in find_places(PLACES, typed)) == sorted(found)
    assert [one.name for one in find_places(PLACES, typed)] == found


@given(st.sampled_from(PLACES), st.integers(1, 3))
def test_a_place_is_found_by_its_name_and_no_more_than_wanted_are(place: SearchedPlace, most: int) -> None:
    found = find_places(PLACES, place.name, most)
    assert place.name in {one.name for one in found}
    assert len(found) <= most
