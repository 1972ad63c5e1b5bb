"""Computes the figures of an area of work for a span, its previous span, by month, and compared with similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from siaga_cloud.city.service import policy
from siaga_cloud.figures.service import figures
from siaga_cloud.figures.store import figures as db_names
from siaga_cloud.figures.store import heads as db
from siaga_cloud.figures.store.figures import Span
from siaga_cloud.figures.store.heads import KindCount, TaskCounts
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.service.heads import Scope
from siaga_cloud.tasks.store import heads as db_heads
from siaga_cloud.tasks.store.heads import AreaRow

MOST_MONTHS: Final = 36
_MOST_COMPARED: Final = 100
Whose = Literal["own", "below", "beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Holds a span and the one before it. `month` is YYYY-MM where the span is a calendar month."""

    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    month: str | None
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFigures:
    """Holds the figures of a named object. `complaints` exists for areas only, `rank` and `score` for officers and
    areas.
    """

    counted: TaskCounts
    name: str
    complaints: int | None = None
    per_10000_people: float | None = None
    rank: int | None = None
    score: float | None = None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Holds the figures of a period: in all, before, and by category."""

    period: Period
    total: NamedFigures
    before: NamedFigures
    categories: list[NamedFigures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Holds the figures by month, and the number of each category by month. `of` names what is counted."""

    months: list[NamedFigures]
    kinds: list[KindCount]
    of: Literal["complaints", "tasks"]


def zone_of(conn: Connection) -> tzinfo:
    """Return the time zone of the city."""
    return policy.current(conn).zone


def month_period(month: str, zone: tzinfo, now: datetime) -> Period:
    """Return a month of the calendar; one that runs is measured against the same days of the month before."""
    year, number = (int(part) for part in month.split("-"))
    since = datetime(year, number, 1, tzinfo=zone)
    ends, before = _next_month(since), _month_before(since)
    until = min(ends, max(now, since + timedelta(seconds=1)))
    before_until = since if until == ends else min(since, before + (until - since))
    return Period(
        since=since, until=until, before_since=before, before_until=before_until, month=month, is_over=until == ends
    )


def span_period(since: datetime, until: datetime, now: datetime) -> Period:
    """Any span, measured against as long a one just before."""
    return Period(
        since=since, until=until, before_since=since - (until - since), before_until=since, month=None,
        is_over=until <= now,
    )  # fmt: skip


def overview(conn: Connection, field: Scope, period: Period, *, category: str | None, now: datetime) -> Overview:
    """Return a field in a period."""
    zone = str(zone_of(conn))
    span = _span(field, period.since, period.until, category)
    before = _span(field, period.before_since, period.before_until, category)
    kinds = db.figures(conn, "category", span, zone=zone, now=now)
    return Overview(
        period=period,
        total=_total(conn, span, zone=zone, now=now),
        before=_total(conn, before, zone=zone, now=now),
        categories=[NamedFigures(counted=one, name=one.id) for one in sorted(kinds, key=lambda one: -one.tasks)],
    )


def months(
    conn: Connection, field: Scope, *, count: int, until: datetime, category: str | None, now: datetime
) -> Months:
    """Return the last `count` months of the calendar before `until`; a month without tasks has zeros."""
    zone = zone_of(conn)
    starts = _last_months(until.astimezone(zone) - timedelta(microseconds=1), count)
    span = _span(field, starts[0], until, category)
    found = {one.id: one for one in db.figures(conn, "month", span, zone=str(zone), now=now)}
    complaint_counts = db.complaints_by_month(conn, span, zone=str(zone)) if field.agency_id is None else None
    kinds = db.tasks_by_month(conn, span, zone=str(zone)) if complaint_counts is None else complaint_counts
    if category is not None:
        kinds = [one for one in kinds if one.category == category]
    names = [f"{start:%Y-%m}" for start in starts]
    each = {name: sum(one.count for one in kinds if one.month == name) for name in names}
    return Months(
        months=[
            NamedFigures(
                counted=found.get(name, _nothing(name)),
                name=name,
                complaints=each[name] if complaint_counts is not None else None,
            )
            for name in names
        ],
        kinds=kinds,
        of="tasks" if complaint_counts is None else "complaints",
    )


def compared(
    conn: Connection, field: Scope, period: Period, *, category: str | None, now: datetime
) -> list[NamedFigures]:
    """Return a field beside its like (areas of the same parent; agencies), and what it is made of. Sums that all may
    know.
    """
    agencies: list[NamedFigures] = []
    if field.kind == "agency" and field.area_id is None:
        agencies = _agencies(conn, field, period, category=category, now=now)
    path = db_heads.path(conn, field.area_id) if field.area_id else []
    own = path[:1]
    beside = [one for one in db_heads.below(conn, path[1].id) if one.id != field.area_id] if len(path) > 1 else []
    below = [one for one in db_heads.below(conn, field.area_id) if one.level != "rw"]
    span = Span(since=period.since, until=period.until, category=category, agency_id=field.agency_id)
    groups: Sequence[tuple[Whose, list[AreaRow]]] = (("own", own), ("beside", beside), ("below", below))
    named = _areas(conn, span, [row for _, rows in groups for row in rows][:_MOST_COMPARED], now=now)
    return agencies + [replace(named[row.id], whose=whose) for whose, rows in groups for row in rows if row.id in named]


def officers(
    conn: Connection, field: Scope, period: Period, *, category: str | None, now: datetime, most: int
) -> list[NamedFigures]:
    """Return those who had a task of the field that was made in the period, the best first; see rules/ranking.py."""
    span = _span(field, period.since, period.until, category)
    found = db.figures(conn, "officer", span, zone=str(zone_of(conn)), now=now)
    places = {one.place.id: one for one in figures.ranking(conn, "officer", span, level="kelurahan", most=most)}
    names = db_names.names(conn, "officer", [one.id for one in found])
    named = [_ranked(one, names.get(one.id, one.id), places.get(one.id)) for one in found]
    return sorted(named, key=lambda one: (one.rank or most + 1, one.name))[:most]


def _ranked(counted: TaskCounts, name: str, place: figures.NamedPlace | None) -> NamedFigures:
    if place is None:
        return NamedFigures(counted=counted, name=name)
    return NamedFigures(counted=counted, name=name, rank=place.place.rank, score=place.place.score)


def _areas(conn: Connection, span: Span, rows: Sequence[AreaRow], *, now: datetime) -> dict[str, NamedFigures]:
    ids = [row.id for row in rows]
    found = {one.id: one for one in db.figures(conn, "area", span, zone="UTC", now=now, areas=ids)}
    is_all = span.agency_id is None
    complaint_counts = db.complaints_of(conn, span, ids) if is_all else {}
    people = db.populations(conn, ids) if is_all else {}
    return {
        row.id: NamedFigures(
            counted=found.get(row.id, _nothing(row.id)),
            name=row.name,
            complaints=complaint_counts.get(row.id, 0) if is_all else None,
            per_10000_people=round(complaint_counts.get(row.id, 0) * 10_000 / people[row.id], 2)
            if people.get(row.id)
            else None,
        )
        for row in rows
    }


def _agencies(
    conn: Connection, field: Scope, period: Period, *, category: str | None, now: datetime
) -> list[NamedFigures]:
    span = Span(since=period.since, until=period.until, category=category)
    found = db.figures(conn, "agency", span, zone="UTC", now=now)
    names = db_names.names(conn, "agency", [one.id for one in found])
    named = [
        NamedFigures(
            counted=one, name=names.get(one.id, one.id), whose="own" if one.id == field.agency_id else "beside"
        )
        for one in found
    ]
    return sorted(named, key=lambda one: (one.whose != "own", one.name))


def _total(conn: Connection, span: Span, *, zone: str, now: datetime) -> NamedFigures:
    found = db.figures(conn, "all", span, zone=zone, now=now)
    complaint_counts = None
    if span.agency_id is None:
        kinds = db.complaints_by_month(conn, span, zone=zone)
        complaint_counts = sum(one.count for one in kinds if span.category in (None, one.category))
    return NamedFigures(counted=found[0] if found else _nothing("all"), name="", complaints=complaint_counts)


def _span(field: Scope, since: datetime, until: datetime, category: str | None) -> Span:
    return Span(since=since, until=until, category=category, area_id=field.area_id, agency_id=field.agency_id)


def _nothing(name: str) -> TaskCounts:
    return TaskCounts(
        id=name, tasks=0, waiting=0, in_hand=0, resolved=0, verified=0, dismissed=0, overdue=0, reopened=0,
        answer_due=0, answered_in_time=0, done_due=0, done_in_time=0, response_median_seconds=None,
        resolve_median_seconds=None,
    )  # fmt: skip


def _last_months(until: datetime, count: int) -> list[datetime]:
    starts = [until.replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    while len(starts) < count:
        starts.append(_month_before(starts[-1]))
    return starts[::-1]


def _next_month(start: datetime) -> datetime:
    return (start + timedelta(days=32)).replace(day=1)


def _month_before(start: datetime) -> datetime:
    return (start - timedelta(days=1)).replace(day=1)
