"""Texts of notices: what people write fills a template and never is one."""

from __future__ import annotations

from string import Formatter

import pytest

from siaga_cloud.notifications.texts import TEXTS, grouped, text

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
