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
