"""Figures, rankings and trends, as people may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from siaga_cloud.db import figures as db
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.figures import Complaints, Figures, Group, Level, Span
from siaga_cloud.services import policy
from siaga_core.rules.ranking import Place, Unusual, rank_reporters, rank_work, unusual

# What is usual is taken from so many windows before the one looked at.
WINDOWS_BEFORE: Final = 28
MOST_RANKED: Final = 500

Ranked = Literal["area", "agency", "official", "reporter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Figures of something with its name."""

    name: str
    figures: Figures
    complaints: Complaints | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """A place in a ranking, with a name; a reporter's is a pseudonym."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What is more than usual, of a category, perhaps in an area."""

    category: str
    area_id: str | None
    area_name: str | None
    unusual: Unusual


def of_group(conn: Connection, group: Group, span: Span, *, level: Level) -> list[Named]:
    """Figures of areas, agencies, officials, categories or days; of areas with complaints for 10,000 people as well."""
    found = db.figures(conn, group, span, level=level, zone=_zone(conn))
    said = {one.id: one for one in db.complaints(conn, span, level=level)} if group == "area" else {}
    names = db.names(conn, group, [one.id for one in found])
    return [Named(name=names.get(one.id, one.id), figures=one, complaints=said.get(one.id)) for one in found]


def ranking(conn: Connection, ranked: Ranked, span: Span, *, level: Level, most: int) -> list[NamedPlace]:
    """The best `most` of a ranking."""
    if ranked == "reporter":
        return [NamedPlace(name=one.id, place=one) for one in rank_reporters(db.reporters(conn, span))[:most]]
    places = rank_work(db.works(conn, ranked, span, level=level, zone=_zone(conn)))[:most]
    names = db.names(conn, ranked, [one.id for one in places])
    return [NamedPlace(name=names.get(one.id, one.id), place=one) for one in places]


def trends(conn: Connection, *, now: datetime, window: timedelta, most: int) -> tuple[list[Trend], list[Trend]]:
    """Categories, and categories in areas, that are complained of more than in the windows before."""
    since, before = now - window, now - (WINDOWS_BEFORE + 1) * window
    kinds = _unusual(db.counts_now_and_before(conn, since=since, until=now, before=before, by_place=False))
    spots = _unusual(db.counts_now_and_before(conn, since=since, until=now, before=before, by_place=True))[:most]
    names = db.names(conn, "area", [one.id.partition("|")[0] for one in spots])
    return (
        [Trend(category=one.id, area_id=None, area_name=None, unusual=one) for one in kinds[:most]],
        [_trend(one, names) for one in spots],
    )


def _unusual(counts: Sequence[tuple[str, int, int]]) -> list[Unusual]:
    return unusual((name, now, before / WINDOWS_BEFORE) for name, now, before in counts)


def _trend(one: Unusual, names: dict[str, str]) -> Trend:
    area_id, _, category = one.id.partition("|")
    return Trend(category=category, area_id=area_id, area_name=names.get(area_id), unusual=one)


def _zone(conn: Connection) -> str:
    return str(policy.current(conn).zone)
