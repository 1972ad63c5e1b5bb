"""What a message complains of, by weighted words; every guess says which words made it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from siaga_core.rules.text.distance import Spellings, spellings
from siaga_core.rules.text.normal import END

Nothing = Literal["over", "denied", "asked", "no words", "unclear", ""]

SURE_CONFIDENCE: Final = 0.5
MISSPELLED: Final = 0.8
DENIAL_REACH: Final = 2
CAUSE_SHARE: Final = 0.5
_LONGEST_PHRASE: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Weights by phrase and category, and the phrases that turn a message into something else than a complaint.

    `over`: it has ended. `denials`: words just before a complaint that deny it. `questions`: someone asks, not tells.
    `end_denials`: words before an ending that deny it (belum surut). `causes`: after them comes why, which counts
    half (macet karena pohon tumbang).
    """

    weights: Mapping[tuple[str, ...], Mapping[str, float]]
    over: frozenset[tuple[str, ...]]
    denials: frozenset[str]
    end_denials: frozenset[str]
    questions: frozenset[tuple[str, ...]]
    causes: frozenset[str]
    known: Spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A phrase that was found, at which word it began, and what it says."""

    phrase: str
    at: int
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryGuess:
    """The likeliest category; None where nothing is complained of, with `why_none`. `confidence` from 0 to 1."""

    category: str | None
    confidence: float
    second: str | None
    hits: tuple[str, ...]
    why_none: Nothing

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken without a person looking at it."""
        return self.category is not None and self.confidence >= SURE_CONFIDENCE


def lexicon(
    weights: Mapping[str, Mapping[str, float]],
    *,
    over: Sequence[str],
    denials: Sequence[str],
    end_denials: Sequence[str],
    questions: Sequence[str],
    causes: Sequence[str],
) -> Lexicon:
    """A lexicon of phrases as written in its files."""
    phrases = {tuple(phrase.split()): one for phrase, one in weights.items()}
    endings = frozenset(tuple(phrase.split()) for phrase in over)
    words = {word for phrase in (*phrases, *endings) for word in phrase}
    return Lexicon(
        weights=phrases,
        over=endings,
        denials=frozenset(denials),
        end_denials=frozenset(end_denials),
        questions=frozenset(tuple(phrase.split()) for phrase in questions),
        causes=frozenset(causes),
        known=spellings(words),
    )


def guess_category(words: Sequence[str], known: Lexicon) -> CategoryGuess:
    """What `words` (of `words_of`) complain of: phrases before their words, each counted once."""
    spelled = [_spelled(word, known) for word in words]
    hits, ended, denied = _read(spelled, known)
    scores: dict[str, float] = {}
    for hit in {hit.phrase: hit for hit in reversed(hits)}.values():
        for category, weight in hit.weights.items():
            scores[category] = scores.get(category, 0.0) + weight
    matched = tuple(hit.phrase for hit in hits)
    ranked = sorted(((score, category) for category, score in scores.items() if score > 0), reverse=True)
    if ended:
        return _none("over", matched)
    if not ranked:
        return _none("denied" if denied else "no words", matched)
    if _is_question(spelled, known):
        return _none("asked", matched)
    return _judged(ranked, matched)


def _judged(ranked: Sequence[tuple[float, str]], matched: tuple[str, ...]) -> CategoryGuess:
    """How much was said for it at all, and by how much it leads the second."""
    best, category = ranked[0]
    rest, second = ranked[1] if len(ranked) > 1 else (0.0, None)
    enough = 1 - math.exp(-1.5 * best)
    lead = 1 - 0.75 * rest / best
    return CategoryGuess(
        category=category, confidence=round(enough * lead, 3), second=second, hits=matched, why_none=""
    )


def _none(why: Nothing, matched: tuple[str, ...]) -> CategoryGuess:
    return CategoryGuess(category=None, confidence=0.0, second=None, hits=matched, why_none=why)


def _spelled(word: str, known: Lexicon) -> tuple[str, float]:
    """The word as the lexicon spells it, and how much it is worth so."""
    if word in known.known.by_remainder and word in known.known.by_remainder[word]:
        return word, 1.0
    for suffix in ("nya", "lah", "kah", "s"):
        stem = word.removesuffix(suffix)
        if stem != word and stem in known.known.by_remainder.get(stem, ()):
            return stem, 1.0
    # Other first letters are other words far more often than slips: tegal, begal; mohon, pohon.
    near = [other for other, _ in known.known.near(word) if other[0] == word[0]]
    return (near[0], MISSPELLED) if near else (word, 1.0)


def _read(spelled: Sequence[tuple[str, float]], known: Lexicon) -> tuple[list[Hit], bool, bool]:
    """Complaints in order, whether the message says that it is over, and whether anything was denied."""
    hits: list[Hit] = []
    ended, denied, at, share = False, False, 0, 1.0
    while at < len(spelled):
        phrase = _longest(spelled, at, known)
        if phrase is None:
            share = _share(spelled[at][0], share, known)
            at += 1
            continue
        before = _before(spelled, at)
        if phrase in known.over:
            ended = ended or not known.end_denials.intersection(before)
        elif known.denials.intersection(before) and not known.denials.intersection(phrase):
            denied = True
        else:
            worth = share * min(spelled[at + i][1] for i in range(len(phrase)))
            weights = {category: weight * worth for category, weight in known.weights[phrase].items()}
            hits.append(Hit(phrase=" ".join(phrase), at=at, weights=weights))
        at += len(phrase)
    return hits, ended, denied


def _share(word: str, share: float, known: Lexicon) -> float:
    """How much what follows counts, up to the end of the sentence."""
    return 1.0 if word == END else CAUSE_SHARE if word in known.causes else share


def _longest(spelled: Sequence[tuple[str, float]], at: int, known: Lexicon) -> tuple[str, ...] | None:
    for length in range(min(_LONGEST_PHRASE, len(spelled) - at), 0, -1):
        phrase = tuple(word for word, _ in spelled[at : at + length])
        if phrase in known.weights or phrase in known.over:
            return phrase
    return None


def _before(spelled: Sequence[tuple[str, float]], at: int) -> frozenset[str]:
    """The words just before, no further than the sentence."""
    near: list[str] = []
    for word, _ in reversed(spelled[max(0, at - DENIAL_REACH) : at]):
        if word == END:
            break
        near.append(word)
    return frozenset(near)


def _is_question(spelled: Sequence[tuple[str, float]], known: Lexicon) -> bool:
    words = tuple(word for word, _ in spelled)
    return any(words[at : at + len(one)] == one for one in known.questions for at in range(len(words)))
