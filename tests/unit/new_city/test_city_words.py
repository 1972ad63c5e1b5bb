"""A city's own word list adds to the words of the program, with and without accents."""

from __future__ import annotations

from pathlib import Path

import pytest

from siaga_cloud.city.files.words import WordsFile, read_words
from siaga_cloud.city.word_lists import category_words, category_words_with, short_forms_with
from siaga_core.rules.text.category import CategoryGuess, guess_category
from siaga_core.rules.text.normal import words_of

DATA = Path(__file__).parents[2] / "data" / "second_city" / "pt.toml"


@pytest.fixture(scope="module")
def own() -> tuple[WordsFile, ...]:
    return (read_words(DATA),)


def guess(text: str, own: tuple[WordsFile, ...]) -> CategoryGuess:
    return guess_category(words_of(text, short_forms_with(own)), category_words_with(own))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("A rua está inundada, água pelos joelhos", "flooding"),
        ("inundacao no Largo da Ponte", "flooding"),
        ("Há lixo há três dias no mercado", "trash"),
        ("Banjir di depan pasar", "flooding"),
        ("Não há inundação aqui", None),
        ("Inundação já baixou", None),
    ],
)
def test_messages_in_the_language_of_the_city_are_understood(
    own: tuple[WordsFile, ...], text: str, category: str | None
) -> None:
    assert guess(text, own).category == category


def test_without_the_list_they_are_not() -> None:
    assert guess("A rua está inundada, água pelos joelhos", ()).category is None
    assert category_words_with(()) == category_words()
