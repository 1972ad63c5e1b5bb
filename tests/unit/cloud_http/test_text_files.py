"""The word lists and the gazetteer that come along: whole, and as good as they were on sentences held out."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.bench_text import CITY, city_places, run, sentences

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.cli.gazetteer import read_gazetteer
from siaga_cloud.city.word_lists import category_words
from siaga_cloud.platform.import_errors import ImportFileError

HEAD = "name,aliases,kind,lat,lon,radius_m\n"


def test_every_category_has_words() -> None:
    reported = {category for weights in category_words().weights.values() for category in weights}
    assert reported == set(CATEGORIES)


def test_the_sentences_are_many_and_name_places_that_are_there() -> None:
    known = {f"{place.kind}:{place.name}" for place in city_places()}
    found = sentences()
    assert len(found) >= 400
    assert len({one.text for one in found}) == len(found)
    assert {one.category for one in found} == {*CATEGORIES, "none"}
    assert not [one.id for one in found if one.place not in ("", "?") and not known.intersection(one.place.split("/"))]


def test_held_out_sentences_are_read_as_well_as_promised() -> None:
    missed = [figure.name for figure in run("held") if not figure.is_reached]
    assert not missed


def test_the_gazetteer_of_the_city_is_whole() -> None:
    assert len(read_gazetteer(CITY / "gazetteer.csv")) >= 100


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param("a,b\n", "header: got 'a,b'", id="header"),
        pytest.param(HEAD + "X,,city,1,1,1\n", "place 1: kind: got 'city', expected street, landmark, area", id="kind"),
        pytest.param(HEAD + "X,,street,north,1,1\n", "lat: got 'north', expected a number from -90 to 90", id="number"),
        pytest.param(HEAD + "X,,street,nan,1,1\n", "lat: got 'nan'", id="nan"),
        pytest.param(HEAD + "X,,street,1\n", "got 4 columns, expected 6", id="columns"),
        pytest.param(HEAD + " ,,street,1,1,1\n", "name: got nothing", id="name"),
        pytest.param(HEAD + "X,,street,1,1,1\nX,,street,2,2,1\n", "street:X: got it twice", id="twice"),
        pytest.param(b"\xff\xfe", "expected UTF-8", id="bytes"),
    ],
)
def test_a_wrong_gazetteer_is_refused_with_what_is_wrong(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    file = tmp_path / "gazetteer.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ImportFileError) as caught:
        read_gazetteer(file)
    assert complaint in str(caught.value)
