"""Which place a message names: names of a gazetteer found in its words, however they are parted or misspelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.text.distance import Spellings, spellings
from siaga_core.rules.text.normal import END, NUMBER, ShortForms, words_of

SURE_CONFIDENCE: Final = 0.6
WIDEST_SURE_M: Final = 2000.0
MAX_CANDIDATES: Final = 5
_LONGEST_NAME: Final = 5
_SHORTEST_MISSPELLED: Final = 7
_EXACT, _PER_EDIT, _DIRECTION, _RIVER, _EVERYDAY = 0.9, 0.12, 0.45, 0.3, 0.7
_IGNORED: Final = frozenset({NUMBER, "2", "rt", "rw"})
_BEFORE: Final = frozenset({"di", "in", "at", "near", "daerah", "wilayah", "area", "dekat", "sekitar", "around"})
_TOWARDS: Final = frozenset({"arah", "menuju", "ke", "towards", "toward", "to", "dari", "from"})
_WATERS: Final = frozenset({"kali", "sungai", "river"})
_AFTER: Final = frozenset({"street", "road"})
_KINDS: Final = {
    "kelurahan": "kelurahan", "kecamatan": "kecamatan", "jalan": "street", "street": "street", "road": "street",
}  # fmt: skip
_NO_NAMES: Final = _BEFORE | _TOWARDS | frozenset(_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named place and how far it reaches from its middle. Kinds: street, landmark, area, kelurahan, kecamatan."""

    id: str
    name: str
    kind: str
    middle: LatLon
    radius_m: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places by their names without spaces. `everyday`: names that are plain words as well."""

    by_name: Mapping[str, tuple[Place, ...]]
    everyday: frozenset[str]
    known: Spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """One place that the words from `at` may mean. `confidence` from 0 to 1."""

    place: Place
    confidence: float
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceGuess:
    """The likeliest place, with others that it may be. `spread_m`: within how far of its middle the spot must lie."""

    best: Place | None
    confidence: float
    spread_m: float
    candidates: tuple[NamedPlace, ...]

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken without asking."""
        return self.best is not None and self.confidence >= SURE_CONFIDENCE and self.spread_m <= WIDEST_SURE_M


@dataclass(frozen=True, slots=True)
class _Mention:
    """All places that the words from `at` up to `end` may mean, the likeliest first."""

    at: int
    end: int
    named: tuple[NamedPlace, ...]

    @property
    def best(self) -> NamedPlace:
        return self.named[0]


def gazetteer(places: Iterable[Place], short: ShortForms, everyday: Iterable[str] = ()) -> Gazetteer:
    """An index of places by name and alias; a street is also known without its `Jalan` where that is an alias."""
    index: dict[str, list[Place]] = {}
    for place in places:
        for name in {place.name, *place.aliases}:
            key = "".join(word for word in words_of(name, short) if word not in _IGNORED)
            if key and place not in index.setdefault(key, []):
                index[key].append(place)
    by_name = {key: tuple(found) for key, found in index.items()}
    return Gazetteer(
        by_name, frozenset(everyday), spellings(key for key in by_name if len(key) >= _SHORTEST_MISSPELLED)
    )


def guess_place(words: Sequence[str], known: Gazetteer) -> PlaceGuess:
    """The place that `words` (of `words_of`) name; the smallest of those that agree."""
    selected = [word for word in words if word not in _IGNORED]
    mentions = _mentions(selected, known)
    if not mentions:
        return PlaceGuess(best=None, confidence=0.0, spread_m=0.0, candidates=())
    chosen = max(mentions, key=lambda mention: (round(mention.best.confidence, 1), -mention.best.place.radius_m))
    agreeing = [one for one in mentions if one is not chosen and _agree(one.best.place, chosen.best.place)]
    chosen = min([chosen, *[one for one in agreeing if one.best.confidence >= SURE_CONFIDENCE]], key=_reach)
    others = [one for one in mentions if one is not chosen and one not in agreeing]
    contradicted = any(one.best.confidence >= SURE_CONFIDENCE for one in others)
    confidence = chosen.best.confidence * (0.6 if contradicted else 1.0)
    if agreeing:
        confidence = min(1.0, confidence + 0.1)
    spread = chosen.best.place.radius_m if agreeing else _spread(chosen)
    all_named = sorted((named for one in mentions for named in one.named), key=lambda named: -named.confidence)
    return PlaceGuess(
        best=chosen.best.place,
        confidence=round(confidence, 3),
        spread_m=round(spread),
        candidates=tuple(all_named[:MAX_CANDIDATES]),
    )


def _reach(mention: _Mention) -> float:
    return mention.best.place.radius_m


def _agree(one: Place, other: Place) -> bool:
    return distance_m(one.middle, other.middle) <= max(one.radius_m, other.radius_m) + min(one.radius_m, other.radius_m)


def _spread(mention: _Mention) -> float:
    """One name, several places: the spot may lie in any of them that is about as likely."""
    best = mention.best
    likely = [one.place for one in mention.named if one.confidence >= best.confidence - 0.05]
    return max(
        best.place.radius_m,
        *(distance_m(best.place.middle, one.middle) + one.radius_m / 2 for one in likely),
    )


def _mentions(words: Sequence[str], known: Gazetteer) -> list[_Mention]:
    """Names as they are spelled anywhere in the words, then misspelled ones in what is left."""
    found: list[_Mention] = []
    for is_exact in (True, False):
        used = {i for one in found for i in range(one.at, one.end)}
        at = 0
        while at < len(words):
            mention = _mention(words, at, used, known, is_exact=is_exact)
            found += [mention] if mention else []
            at = mention.end if mention else at + 1
    return found


def _mention(words: Sequence[str], at: int, used: set[int], known: Gazetteer, *, is_exact: bool) -> _Mention | None:
    """The longest name that begins at a word."""
    if not is_exact and (words[at] in _NO_NAMES or at in used):
        return None
    for end in range(min(at + _LONGEST_NAME, len(words)), at, -1):
        if END in words[at:end] or not used.isdisjoint(range(at, end)):
            continue
        key = "".join(words[at:end])
        for name, edits in [(key, 0)] if is_exact else known.known.near(key):
            if len(key) < _SHORTEST_MISSPELLED and edits:
                continue
            named = [_named(place, words, at, end, edits, known) for place in known.by_name.get(name, ())]
            likely = sorted(
                (one for one in named if one.confidence > 0), key=lambda one: (-one.confidence, one.place.radius_m)
            )
            if likely:
                return _Mention(at, end, tuple(likely))
    return None


def _named(place: Place, words: Sequence[str], at: int, end: int, edits: int, known: Gazetteer) -> NamedPlace:
    """How well a name fits, by its spelling and by the words before it."""
    near = words[max(0, at - 2) : at]
    before = near[-1] if near else ""
    kind = _KINDS.get(before) or (_KINDS.get(words[end]) if end < len(words) and words[end] in _AFTER else None)
    confidence = _EXACT - _PER_EDIT * edits
    if kind is not None:
        confidence += 0.1 if kind == place.kind else -0.2
    elif before in _WATERS:
        confidence = _RIVER
    elif "".join(words[at:end]) in known.everyday:
        confidence = _EVERYDAY if before in _BEFORE else 0.0
    elif _TOWARDS.intersection(near):
        confidence = _DIRECTION
    return NamedPlace(place=place, confidence=round(confidence, 3), at=at)
