"""Texts of notices: what people write fills a template and never is one."""

from __future__ import annotations

from string import Formatter

import pytest

from siaga_cloud.notifications.grade_texts import sentence
from siaga_cloud.notifications.texts import TEXTS, grouped, text
from siaga_core.rules.verification.grade import Grade

HOSTILE = [
    "{0.__class__}",
    "{area.__init__.__globals__}",
    "{",
    "}",
    "{{7*7}}",
    "${7*7}",
    "%(area)s",
    "{area!r:>99999999}",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_what_people_write_is_never_a_template(word: str) -> None:
    for kind, templates in TEXTS.items():
        for language, template in zip(("id", "en"), templates, strict=True):
            names = {name for _, name, _, _ in Formatter().parse(template) if name}
            reported = text(kind, dict.fromkeys(names, word), language)  # type: ignore[arg-type]
            assert reported.count(word) >= bool(names), f"{kind}: {reported}"
    assert text("of the city's own", {"id": word}, "id") == word
    assert word in grouped(word, {word: 2}, "id")


@pytest.mark.parametrize("witness", [None, "operator", "reporter", "person:area_head", "record"])
def test_a_grade_names_its_witness_and_no_photo_that_no_data_states(witness: str | None) -> None:
    """Imported work has no photo, and nobody records what an operator looked at."""
    grades = [Grade.REPORTED_DONE] if witness is None else [Grade.VERIFIED, Grade.DISPUTED]
    for grade in grades:
        sentences = [sentence(grade, "id", witness=witness), sentence(grade, "en", witness=witness)]
        assert "foto" not in sentences[0].lower()
        assert "photo" not in sentences[1].lower()


DEADLINE = {"number": 7, "category": "flooding", "area": "Bangka", "step": "acknowledge"}


@pytest.mark.parametrize(
    ("due", "zone", "id_words", "en_words"),
    [
        ("2026-12-03T09:27+00:00", "Asia/Jakarta", "3/12 pukul 16.27 WIB", "3 Dec 16:27 WIB"),
        ("2026-12-03T20:05+00:00", "Asia/Makassar", "4/12 pukul 04.05 WITA", "4 Dec 04:05 WITA"),
        ("2026-12-03T09:27+00:00", "", "3/12 pukul 09.27 UTC", "3 Dec 09:27 UTC"),  # stored by an earlier version
        ("tomorrow", "Nowhere/At-All", "tomorrow", "tomorrow"),
    ],
)
def test_a_deadline_is_stated_in_the_time_of_the_city(due: str, zone: str, id_words: str, en_words: str) -> None:
    body = DEADLINE | {"due": due, **({"zone": zone} if zone else {})}
    assert text("task_overdue", body, "id").endswith(f"terlambat: diterima petugas {id_words}.")
    assert text("task_overdue", body, "en").endswith(f"is overdue: acknowledging was due {en_words}.")
