"""Words that are spelled almost alike, found without comparing with every word known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SHORTEST_WITH_ONE: Final = 5
SHORTEST_WITH_TWO: Final = 10
LONGEST: Final = 30


def allowed_edits(word: str) -> int:
    """How many letters may be wrong: none in short words, which are others' neighbours too easily.

    Nor in words longer than any name, whose neighbours would be too many to look up.
    """
    if not SHORTEST_WITH_ONE <= len(word) <= LONGEST:
        return 0
    return 1 if len(word) < SHORTEST_WITH_TWO else 2


def distance(one: str, other: str, limit: int) -> int:
    """Letters added, left out, changed or swapped with the next one; `limit` + 1 for anything over the limit."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before, last = list(range(len(other) + 1)), [0] * (len(other) + 1)
    for i, mine in enumerate(one, 1):
        row = [i] + [0] * len(other)
        for j, theirs in enumerate(other, 1):
            row[j] = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                row[j] = min(row[j], last[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
        before, last = row, before
    return min(before[-1], limit + 1)


@dataclass(frozen=True, slots=True)
class Spellings:
    """Known words by what is left of them when letters are taken out."""

    by_remainder: Mapping[str, tuple[str, ...]]

    def near(self, word: str) -> tuple[tuple[str, int], ...]:
        """Known words within the edits allowed for `word`, with how many it took, the nearest first."""
        limit = allowed_edits(word)
        common = {known for left in _remainders(word, limit) for known in self.by_remainder.get(left, ())}
        far = ((known, distance(word, known, min(limit, allowed_edits(known)))) for known in common)
        close = [(known, edits) for known, edits in far if edits <= min(limit, allowed_edits(known))]
        return tuple(sorted(close, key=lambda pair: (pair[1], pair[0])))


def spellings(known: Iterable[str]) -> Spellings:
    """The index of words; made once, as it holds some dozen entries a word."""
    index: dict[str, set[str]] = {}
    for word in known:
        for left in _remainders(word, allowed_edits(word)):
            index.setdefault(left, set()).add(word)
    return Spellings({left: tuple(sorted(words)) for left, words in index.items()})


def _remainders(word: str, limit: int) -> set[str]:
    found = {word}
    for _ in range(limit):
        found |= {left[:i] + left[i + 1 :] for left in found for i in range(len(left))}
    return found
