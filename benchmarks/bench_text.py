"""Messages of citizens to category and place, on sentences written for this (benchmarks/text/sentences.csv).

The held-out sentences were written before any word list and nothing was tuned on them; but one author wrote both, and
the gazetteer holds most places that they name. So the figures tell how well words are read, not how well a city's real
messages would be: label some of those and run this on them.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figure import Figure

from siaga_cloud.city.cli.gazetteer import read_gazetteer
from siaga_cloud.city.service.gazetteer import places_of_areas
from siaga_cloud.city.store.gazetteer import AreaOutline
from siaga_cloud.city.word_lists import category_words, everyday_names, short_forms
from siaga_core.rules.geometry import distance_m
from siaga_core.rules.text.category import CategoryGuess, guess_category
from siaga_core.rules.text.normal import words_of
from siaga_core.rules.text.place import Gazetteer, Place, PlaceGuess, gazetteer, guess_place

ROOT = Path(__file__).resolve().parents[1]
CITY = ROOT / "city" / "jakarta"
SENTENCES = ROOT / "benchmarks" / "text" / "sentences.csv"
LEAST_RADIUS_M = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One labelled message."""

    id: str
    part: str
    writer: str
    channel: str
    language: str
    category: str
    place: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """What was made of one."""

    sentence: Sentence
    category: CategoryGuess
    place: PlaceGuess
    is_place_right: bool

    @property
    def is_category_right(self) -> bool:
        """None is right where there is nothing to report."""
        return (self.category.category or "none") == self.sentence.category


def sentences(path: Path = SENTENCES) -> list[Sentence]:
    """Return all labelled messages of a file."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [Sentence(**row) for row in csv.DictReader(lines)]


def city_places() -> list[Place]:
    """The places of the demo city."""
    features = json.loads((CITY / "areas.geojson").read_text(encoding="utf-8"))["features"]
    outlines = [
        AreaOutline(
            id=message_text["code"], name=message_text["name"], level=message_text["kind"], geometry=one["geometry"]
        )
        for one in features
        if (message_text := one["properties"])["kind"] in ("kelurahan", "kecamatan")
    ]
    return [*read_gazetteer(CITY / "gazetteer.csv"), *places_of_areas(outlines)]


def read(sentence: Sentence, known: Gazetteer, by_name: dict[str, Place]) -> TextResult:
    """Guesses category and place of one message."""
    words = words_of(sentence.text, short_forms())
    place = guess_place(words, known)
    labels = [label for label in sentence.place.split("/") if label in by_name]
    right = place.best is not None and any(
        distance_m(place.best.middle, by_name[label].middle) <= max(by_name[label].radius_m, LEAST_RADIUS_M)
        for label in labels
    )
    return TextResult(
        sentence=sentence, category=guess_category(words, category_words()), place=place, is_place_right=right
    )


def figures_of(reads: Sequence[TextResult], part: str) -> list[Figure]:
    """Of one part of the sentences."""
    reported = [Figure(name=f"text, {part}: sentences", value=len(reads), unit="")]
    return [*reported, *_of_categories(reads, part), *_of_places(reads, part), *_of_both(reads, part)]


def _of_categories(reads: Sequence[TextResult], part: str) -> list[Figure]:
    complaints = [one for one in reads if one.sentence.category != "none"]
    others = [one for one in reads if one.sentence.category == "none"]
    sure = [one for one in reads if one.category.is_sure]
    what, target = f"text, {part}: category", 0.9 if part == "held" else None
    return [
        _share(f"{what} right, of the complaints", [one.is_category_right for one in complaints]),
        _share(f"{what} right, of the sure ones", [one.is_category_right for one in sure], target),
        _count(f"{what} wrong, of the sure ones", [not one.is_category_right for one in sure]),
        _share(f"{what} unsure, of the complaints", [not one.category.is_sure for one in complaints]),
        _count(f"{what} sure, where there is no complaint", [one.category.is_sure for one in others]),
    ]


def _of_places(reads: Sequence[TextResult], part: str) -> list[Figure]:
    named = [one for one in reads if one.sentence.place not in ("", "?")]
    sure = [one for one in reads if one.place.is_sure]
    what, target = f"text, {part}: place", 0.9 if part == "held" else None
    return [
        _share(f"{what} right, of those that name one", [one.is_place_right for one in named]),
        _share(f"{what} right, of the sure ones", [one.is_place_right for one in sure], target),
        _count(f"{what} wrong, of the sure ones", [not one.is_place_right for one in sure]),
        _share(f"{what} unsure, of those that name one", [not one.place.is_sure for one in named]),
    ]


def _of_both(reads: Sequence[TextResult], part: str) -> list[Figure]:
    both = [one for one in reads if one.category.is_sure and one.place.is_sure]
    return [
        Figure(name=f"text, {part}: category and place sure", value=len(both) / len(reads), unit=""),
        _share(f"text, {part}: of those, both right", [one.is_category_right and one.is_place_right for one in both]),
    ]


def _share(name: str, judged: Sequence[bool], target: float | None = None) -> Figure:
    return Figure(name=name, value=sum(judged) / max(1, len(judged)), unit="", target=target)


def _count(name: str, judged: Sequence[bool]) -> Figure:
    return Figure(name=name, value=sum(judged), unit=f"of {len(judged)}")


def figures() -> list[Figure]:
    """Of the held-out part."""
    return run("held")


def run(part: str) -> list[Figure]:
    """The figures of a part, and how long one message takes."""
    places = city_places()
    known = gazetteer(places, short_forms(), everyday_names())
    by_name = {f"{place.kind}:{place.name}": place for place in places}
    requested = [one for one in sentences() if one.part == part]
    category_words()
    began = time.perf_counter()
    reads = [read(one, known, by_name) for one in requested]
    elapsed_ms = (time.perf_counter() - began) * 1000 / len(requested)
    return [*figures_of(reads, part), Figure(name=f"text, {part}: time for a message", value=elapsed_ms, unit="ms")]


def mistakes() -> None:
    """Prints what is wrong in the part to tune on; the held-out part is never shown."""
    places = city_places()
    known = gazetteer(places, short_forms(), everyday_names())
    by_name = {f"{place.kind}:{place.name}": place for place in places}
    reads = [read(one, known, by_name) for one in sentences() if one.part == "tune"]
    for one in reads:
        message_text, place = one.sentence, one.place.best
        if not one.is_category_right or (message_text.category != "none" and not one.category.is_sure):
            found = one.category
            print(f"{message_text.id} {message_text.category} <- {found.category} {found.confidence}"
                  f" {found.second} {found.hits} {found.why_none}: {message_text.text}")  # fmt: skip
        if (one.place.is_sure or message_text.place not in ("", "?")) and not (
            one.is_place_right and one.place.is_sure
        ):
            print(f"{message_text.id} {message_text.place} <- {place and place.id} {one.place.confidence}"
                  f" {one.place.spread_m} {one.is_place_right}: {message_text.text}")  # fmt: skip
    print(Counter(one.sentence.category for one in reads if not one.is_category_right))


def main() -> int:
    """Prints the figures of both parts; 1 where a target was missed. With --mistakes: what to tune on."""
    if "--mistakes" in sys.argv:
        mistakes()
        return 0
    reported = [*run("tune"), *run("held")]
    for figure in reported:
        print("  ".join(figure.cells()))
    return 0 if all(figure.is_reached for figure in reported) else 1


if __name__ == "__main__":
    raise SystemExit(main())
