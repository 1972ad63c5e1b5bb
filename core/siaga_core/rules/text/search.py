"""Finds places by what a person types into a box: every word typed begins a word of the name, in either language.

The pages have the same rule (cloud/web/src/map/search.ts), because the public map asks no server.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SEARCH_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jl": "jalan",
        "jln": "jalan",
        "street": "jalan",
        "road": "jalan",
        "toll": "tol",
        "station": "stasiun",
        "market": "pasar",
        "mall": "mal",
        "hospital": "rs",
        "mosque": "masjid",
        "church": "gereja",
        "university": "universitas",
        "airport": "bandara",
        "harbour": "pelabuhan",
        "port": "pelabuhan",
        "bus": "terminal",
        "park": "taman",
        "lake": "danau",
        "reservoir": "waduk",
        "gate": "pintu",
        "water": "air",
        "river": "kali",
        "north": "utara",
        "south": "selatan",
        "east": "timur",
        "west": "barat",
        "central": "pusat",
    }
)
"""Words of English, and short forms, by the Indonesian word that names have."""

KIND_RANK: Final = ("gauge", "landmark", "area", "street")
MOST_FOUND: Final = 8
_SHORTEST_BEGINNING: Final = 3
_WORD: Final = r"[^\W_]+"
_SAME, _BEGINS, _CONTAINS = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedPlace:
    """Represents a name that can be found, with its kind and its words."""

    name: str
    kind: str
    words: tuple[str, ...]


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: small, without accents, Indonesian where we know the word."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return tuple(SEARCH_WORDS.get(word, word) for word in re.findall(_WORD, plain.lower()))


def find_places(places: Iterable[SearchedPlace], typed: str, most: int = MOST_FOUND) -> list[SearchedPlace]:
    """Return the places whose names have all words typed, the best first; none where no word was typed."""
    wanted = search_words(typed)
    if not wanted:
        return []
    ranked = [(rank, one) for one in places if (rank := _rank(one.words, wanted)) is not None]
    ranked.sort(key=lambda pair: (pair[0], _kind_rank(pair[1].kind), len(pair[1].name), pair[1].name))
    return [one for _, one in ranked[:most]]


def _rank(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    if tuple(words) == tuple(wanted):
        return _SAME
    if not all(any(_begins(word, one) for word in words) for one in wanted):
        return None
    return _BEGINS if all(_begins(word, one) for word, one in zip(words, wanted, strict=False)) else _CONTAINS


def _begins(word: str, typed: str) -> bool:
    """Return whether a word of a name begins with what was typed, or with what an unfinished English word means."""
    if word.startswith(typed):
        return True
    if len(typed) < _SHORTEST_BEGINNING:
        return False
    return any(word.startswith(meant) for key, meant in SEARCH_WORDS.items() if key.startswith(typed))


def _kind_rank(kind: str) -> int:
    return KIND_RANK.index(kind) if kind in KIND_RANK else len(KIND_RANK)
