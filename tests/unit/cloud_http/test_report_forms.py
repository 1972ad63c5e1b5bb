"""What makes a report, in which language its complaints are, and how its state is said."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.http_api import a_photo

from siaga_cloud.platform.input_errors import MESSAGES, IntakeError
from siaga_cloud.platform.language import choose_language
from siaga_cloud.platform.media.photo import Photo, clean_photo
from siaga_cloud.reports import form
from siaga_cloud.reports.form import MAX_TEXT, Report, SubmittedReport
from siaga_cloud.reports.texts import status_sentence
from siaga_core.hazards import all_categories, all_hazards
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.task import TaskState

GOOD = SubmittedReport(category="flooding", text="Banjir di depan pasar", lat=-6.2, lon=106.8)


def clean_here(photos: Sequence[bytes]) -> tuple[Photo, ...]:
    return tuple(map(clean_photo, photos))


def read_form(filled: SubmittedReport) -> Report:
    return form.read_form(filled, clean=clean_here)


def test_a_filled_form_becomes_a_report() -> None:
    report = read_form(GOOD)
    assert (report.category, report.text, report.place) == ("flooding", "Banjir di depan pasar", LatLon(-6.2, 106.8))


def test_the_place_of_the_photo_stands_in_for_a_missing_one() -> None:
    report = read_form(replace(GOOD, lat=None, lon=None, photos=[a_photo(), a_photo(gps=(-6.25, 106.85))]))
    assert report.place == report.offered_place
    assert report.place.lat == pytest.approx(-6.25, abs=1e-5)


def test_a_given_place_beats_that_of_the_photo_but_both_are_shown() -> None:
    report = read_form(replace(GOOD, photos=[a_photo(gps=(-6.25, 106.85))]))
    assert report.place == LatLon(-6.2, 106.8)
    assert report.offered_place is not None


@pytest.mark.parametrize(
    ("filled", "key"),
    [
        pytest.param(replace(GOOD, category="aliens"), "invalid_category", id="unknown category"),
        pytest.param(replace(GOOD, text="  "), "text_or_photo_required", id="neither words nor photo"),
        pytest.param(replace(GOOD, text="x" * (MAX_TEXT + 1)), "text_too_long", id="a novel"),
        pytest.param(replace(GOOD, lat=None), "coordinates_required", id="half a place"),
        pytest.param(replace(GOOD, lat=0, lon=0), "coordinates_required", id="0, 0 means not known"),
        pytest.param(replace(GOOD, lat=91), "invalid_coordinates", id="north of the pole"),
        pytest.param(replace(GOOD, lat=float("nan")), "invalid_coordinates", id="not a number"),
        pytest.param(replace(GOOD, photos=[a_photo()] * 4), "too_many_photos", id="four photos"),
        pytest.param(replace(GOOD, idempotency_key="1"), "invalid_idempotency_key", id="a key that can be guessed"),
        pytest.param(
            replace(GOOD, idempotency_key="00000000-0000-0000-0000-000000000001"),
            "invalid_idempotency_key",
            id="not random",
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_named(filled: SubmittedReport, key: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_form(filled)
    assert caught.value.key == key
    for language in ("id", "en"):
        assert "{" not in caught.value.message(language)


def test_a_random_key_is_accepted() -> None:
    key = uuid4()
    assert read_form(replace(GOOD, idempotency_key=str(key))).key == key


def test_every_message_has_both_languages_with_the_same_params() -> None:
    for indonesian, english in MESSAGES.values():
        assert indonesian != english
        assert indonesian.count("{got}") == english.count("{got}")
        assert indonesian.count("{expected}") == english.count("{expected}")


def test_every_category_goes_to_somebody_and_every_hazard_has_an_icon() -> None:
    root = Path(__file__).parents[3]
    agencies = tomllib.loads((root / "city" / "jakarta" / "agencies.toml").read_text(encoding="utf-8"))["agency"]
    routed = [category for agency in agencies for category in agency["categories"]]
    assert sorted(routed) == sorted(one.id for one in all_categories())
    text = (root / "cloud" / "web" / "src" / "parts" / "icons.tsx").read_text(encoding="utf-8")
    assert [one.icon for one in all_hazards() if f" {one.icon}: " not in text] == []


@pytest.mark.parametrize(
    ("lang", "header", "expected"),
    [
        (None, None, "id"),
        ("en", "id", "en"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "en;q=0.5, id;q=0.8", "id"),
        (None, "fr, de;q=0.9, en;q=0.2", "en"),
        (None, "in", "id"),
        (None, "en;q=0", "id"),
        (None, "en;q=x", "id"),
        ("klingon", "en", "en"),
        (None, ",,;;q=", "id"),
    ],
)
def test_the_requested_language_is_answered(lang: str | None, header: str | None, expected: str) -> None:
    assert choose_language(lang, header) == expected


def test_every_state_of_a_task_has_a_sentence_in_both_languages() -> None:
    for state in TaskState:
        for language in ("id", "en"):
            stage, sentence = status_sentence("open", state, "Dinas SDA", language)
            assert stage != "noticed"
            assert "{" not in sentence
    assert status_sentence(None, None, None, "en")[0] == "received"
    assert status_sentence("open", None, None, "en")[0] == "noticed"
    assert status_sentence("rejected", None, None, "id") == ("closed", "Laporan ini sudah ditutup.")
