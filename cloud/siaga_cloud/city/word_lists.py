"""Loads the word lists of the program, and adds those of the city: words of categories, abbreviations, and words that
reverse the meaning of a message.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.files.words import WordsFile
from siaga_core.rules.text.category import Lexicon, lexicon
from siaga_core.rules.text.normal import ShortForms, words_of

_FOLDER: Final = files("siaga_cloud.city") / "words"
_NOTHING: Final = ShortForms(words={})
_TURNS: Final = ("over", "denials", "end_denials", "questions", "causes")


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
    return category_words_with(())


def short_forms_with(own: Iterable[WordsFile]) -> ShortForms:
    """Return the short forms of the program and of a city."""
    added = {short.lower(): whole.lower() for file in own for short, whole in file.short.items()}
    return ShortForms(words={**short_forms().words, **added})


def everyday_names_with(own: Iterable[WordsFile]) -> frozenset[str]:
    """Return the everyday names of the program and of a city."""
    return everyday_names() | {name for file in own for name in file.everyday}


def category_words_with(own: Sequence[WordsFile]) -> Lexicon:
    """Return the weights of the program and of a city, whose own weights count where both have a word."""
    turns, weights = _read("turns"), dict[str, dict[str, float]]()
    for category in CATEGORIES:
        for phrase, weight in _words_of(category).items():
            weights.setdefault(str(phrase), {})[category] = float(weight)
    for file in own:
        for category, phrases in file.category.items():
            for phrase, weight in _spelled(phrases).items():
                weights.setdefault(phrase, {})[category] = weight
    added = {key: [*turns[key], *(one for file in own for one in _phrases(getattr(file.turns, key)))] for key in _TURNS}
    return lexicon(weights, **added)


def _spelled(phrases: Mapping[str, float]) -> dict[str, float]:
    """Return phrases as messages are read, also without the accents that people leave out."""
    return {one: weight for phrase, weight in phrases.items() for one in _phrases((phrase,))}


def _phrases(written: Iterable[str]) -> Iterable[str]:
    for phrase in written:
        for spelling in {phrase, _without_accents(phrase)}:
            yield " ".join(words_of(spelling, _NOTHING))


def _without_accents(phrase: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", phrase) if not unicodedata.combining(one))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _words_of(category: str) -> dict[str, Any]:
    """Return the words of a category; one without a file is never guessed from a text."""
    if not (_FOLDER / f"{category}.toml").is_file():
        return {}
    return dict(_read(category)["words"])
