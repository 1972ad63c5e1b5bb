"""Loads the word lists of the program: words of categories, abbreviations, and words that reverse the meaning of a
message.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from siaga_cloud.city.categories import CATEGORIES
from siaga_core.rules.text.category import Lexicon, lexicon
from siaga_core.rules.text.normal import ShortForms

_FOLDER: Final = files("siaga_cloud.city") / "words"


@lru_cache(maxsize=1)
def short_forms() -> ShortForms:
    """Return what people type, written out."""
    return ShortForms(words={str(short): str(whole) for short, whole in _read("short")["words"].items()})


@lru_cache(maxsize=1)
def everyday_names() -> frozenset[str]:
    """Names of places that are plain words as well."""
    return frozenset(str(name) for name in _read("short")["everyday"])


@lru_cache(maxsize=1)
def category_words() -> Lexicon:
    """Return the weights of all categories."""
    turns, weights = _read("turns"), dict[str, dict[str, float]]()
    for category in CATEGORIES:
        for phrase, weight in _words_of(category).items():
            weights.setdefault(str(phrase), {})[category] = float(weight)
    return lexicon(
        weights,
        over=turns["over"],
        denials=turns["denials"],
        end_denials=turns["end_denials"],
        questions=turns["questions"],
        causes=turns["causes"],
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _words_of(category: str) -> dict[str, Any]:
    """Return the words of a category; one without a file is never guessed from a text."""
    if not (_FOLDER / f"{category}.toml").is_file():
        return {}
    return dict(_read(category)["words"])
