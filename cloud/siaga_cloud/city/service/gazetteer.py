"""Builds what messages are understood by: places of the gazetteer and areas, and the words of the program and of the
city. It is cached until any of them changes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from shapely.geometry import shape

from siaga_cloud.city.files.words import WordsFile
from siaga_cloud.city.store import gazetteer as db
from siaga_cloud.city.store import words as words_store
from siaga_cloud.city.store.gazetteer import AreaOutline
from siaga_cloud.city.word_lists import category_words_with, everyday_names_with, short_forms_with
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.category import Lexicon
from siaga_core.rules.text.normal import ShortForms
from siaga_core.rules.text.place import Gazetteer, Place, gazetteer

_DEGREE_M: Final = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Holds what a message is understood by: places, words of categories, and short forms."""

    places: Gazetteer
    categories: Lexicon
    short: ShortForms


def vocabulary(conn: Connection, places: Iterable[Place] = ()) -> Vocabulary:
    """Return the words that the program and the city know, with these places."""
    own = [WordsFile.model_validate(one) for one in words_store.documents(conn)]
    short = short_forms_with(own)
    return Vocabulary(
        places=gazetteer(places, short, everyday_names_with(own)), categories=category_words_with(own), short=short
    )


class GazetteerLookup:
    """Caches the places and words; a process has one, which its threads may share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[str, Vocabulary] | None = None

    def current(self, conn: Connection) -> Vocabulary:
        """Return the index over what the database holds now."""
        version = f"{db.version(conn)}/{words_store.version(conn)}"
        with self._lock:
            if self._made is None or self._made[0] != version:
                places = [*db.places(conn), *places_of_areas(db.outlines(conn))]
                self._made = (version, vocabulary(conn, places))
            return self._made[1]


def places_of_areas(outlines: Iterable[AreaOutline]) -> Iterator[Place]:
    """Yield each area as a place: the middle of its outline, and the radius of a circle as large."""
    for outline in outlines:
        area = shape(outline.geometry)
        middle = area.centroid
        square_m = area.area * _DEGREE_M**2 * math.cos(math.radians(middle.y))
        yield Place(
            id=outline.id,
            name=outline.name,
            kind=outline.level,
            middle=LatLon(lat=round(middle.y, 6), lon=round(middle.x, 6)),
            radius_m=round(max(50.0, math.sqrt(square_m / math.pi))),
        )
