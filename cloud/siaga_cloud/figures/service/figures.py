"""Computes figures, rankings and trends as far as the caller may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from siaga_cloud.city.service import policy
from siaga_cloud.figures.service import weights
from siaga_cloud.figures.store import figures as db
from siaga_cloud.figures.store import ranks
from siaga_cloud.figures.store.figures import Complaints, Figures, Group, Level, Span
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import NotFoundError
from siaga_core.rules.ranking import Place, UnusualRate, rank_reporters, rank_work, unusual

# What is usual is taken from so many windows before the one looked at.
WINDOWS_BEFORE: Final = 28
MOST_RANKED: Final = 500
MONTHS_AT_ONCE: Final = 6  # a job of a few seconds
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

Ranked = Literal["area", "agency", "officer", "reporter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFigures:
    """Holds the figures of a named object; those of an area may include how many features of a layer lie in it."""

    name: str
    figures: Figures
    complaints: Complaints | None
    layer_features: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """Represents a place in a ranking with a name; a reporter has a pseudonym."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Represents what is more frequent than usual, by category and possibly by area."""

    category: str
    area_id: str | None
    area_name: str | None
    unusual: UnusualRate


def of_group(conn: Connection, group: Group, span: Span, *, level: Level) -> list[NamedFigures]:
    """Figures of areas, agencies, authorities, categories or days; of areas with complaints for 10,000 people as well,
    unless it is about one agency's tasks: a complaint is nobody's.
    """
    zone = _zone(conn)
    found = db.figures(conn, group, span, level=level, zone=zone)
    counted = group == "area" and span.agency_id is None
    complaint_counts = {one.id: one for one in db.complaints(conn, span, level=level, zone=zone)} if counted else {}
    names = db.names(conn, group, [one.id for one in found])
    return [
        NamedFigures(name=names.get(one.id, one.id), figures=one, complaints=complaint_counts.get(one.id))
        for one in found
    ]


def of_areas(conn: Connection, span: Span, *, level: Level, layer_id: str | None) -> list[NamedFigures]:
    """Figures of areas, beside a layer where one is requested; raises NotFoundError where there is no such layer."""
    found = of_group(conn, "area", span, level=level)
    if layer_id is None:
        return found
    features = db.layer_features(conn, layer_id, level=level)
    if features is None:
        raise NotFoundError(f"there is no layer {layer_id}", code="layer_not_found")
    return [replace(one, layer_features=features.get(one.figures.id, 0)) for one in found]


def ranking(conn: Connection, ranked: Ranked, span: Span, *, level: Level, most: int) -> list[NamedPlace]:
    """Return the best `most` of a ranking."""
    if ranked == "reporter":
        return [NamedPlace(name=one.id, place=one) for one in rank_reporters(db.reporters(conn, span), most=most)]
    places = rank_work(ranks.works(conn, ranked, span, level=level, zone=_zone(conn)))[:most]
    names = db.names(conn, ranked, [one.id for one in places])
    return [NamedPlace(name=names.get(one.id, one.id), place=one) for one in places]


def trends(conn: Connection, *, now: datetime, window: timedelta, most: int) -> tuple[list[Trend], list[Trend]]:
    """Categories, and categories in areas, that are complained of more than in the windows before."""
    since, before = now - window, now - (WINDOWS_BEFORE + 1) * window
    counts = db.counts_now_and_before(conn, since=since, until=now, before=before)
    kinds = _unusual((category, after, old) for area, category, after, old in counts if area is None)
    spots = _unusual((f"{area}|{category}", after, old) for area, category, after, old in counts if area)[:most]
    names = db.names(conn, "area", [one.id.partition("|")[0] for one in spots])
    return (
        [Trend(category=one.id, area_id=None, area_name=None, unusual=one) for one in kinds[:most]],
        [_trend(one, names) for one in spots],
    )


def roll_up(conn: Connection, *, now: datetime) -> int:
    """Adds up months that are over, and who reported what; how many months. Safe to repeat."""
    db.refresh_reporters(conn)
    return db.roll_months(conn, zone=_zone(conn), most=MONTHS_AT_ONCE)


def roll_up_all(conn: Connection) -> None:
    """After a past was loaded: all months, and all reporters."""
    db.refresh_reporters(conn, since=_LONG_AGO)
    while weights.weigh_tasks(conn, now=datetime.now(UTC)):
        conn.commit()
    while db.roll_months(conn, zone=_zone(conn), most=MONTHS_AT_ONCE):
        conn.commit()


def _unusual(counts: Iterable[tuple[str, int, int]]) -> list[UnusualRate]:
    return unusual((name, now, before / WINDOWS_BEFORE) for name, now, before in counts)


def _trend(one: UnusualRate, names: dict[str, str]) -> Trend:
    area_id, _, category = one.id.partition("|")
    return Trend(category=category, area_id=area_id, area_name=names.get(area_id), unusual=one)


def _zone(conn: Connection) -> str:
    return str(policy.current(conn).zone)
