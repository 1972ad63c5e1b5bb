"""Reads a city's own word lists (words.LANGUAGE.toml), which add to those of the program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.platform.import_errors import FileModel, ImportFileError, bounded, read_toml

WORDS_PATTERN: Final = "words.*.toml"

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=1000)]
Weight = Annotated[float, Field(gt=-5, le=5)]


class TurnsTable(FileModel):
    """Models the table `[turns]`: what turns a message into something else than a complaint."""

    over: Phrases = ()
    end_denials: Phrases = ()
    denials: Phrases = ()
    questions: Phrases = ()
    causes: Phrases = ()


class WordsFile(FileModel):
    """Models a city's word list of one language.

    `category` holds the weights of words and phrases by category, `short` what people type written out, and `everyday`
    names of places that are plain words as well.
    """

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
    category: Annotated[Mapping[str, Annotated[Mapping[Phrase, Weight], Field(max_length=2000)]], Field(min_length=1)]
    short: Annotated[Mapping[Phrase, Phrase], Field(max_length=2000)] = {}
    turns: TurnsTable = TurnsTable()
    everyday: Phrases = ()


def read_words(path: Path) -> WordsFile:
    """Return a word list; raises `ImportFileError`, also for a category that nobody can report."""
    file = read_toml(path, WordsFile)
    wrong = [
        f"{path}: category: got {category!r}, expected one of {', '.join(sorted(CATEGORIES))}"
        for category in file.category
        if category not in CATEGORIES
    ]
    if wrong:
        raise ImportFileError(bounded(wrong))
    return file
