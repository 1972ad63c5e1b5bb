"""Aggregates what became of tasks by area, agency, officer, category or day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from psycopg.rows import class_row, dict_row, tuple_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ranking import ReporterOutcomes

Level = Literal["city", "kecamatan", "kelurahan"]
Group = Literal["area", "agency", "officer", "category", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Selects tasks created from `since` (inclusive) to `until` (exclusive), of a category and within an area, or
    all."""

    since: datetime
    until: datetime
    category: str | None = None
    area_id: str | None = None
    agency_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Holds what became of tasks. Times are seconds from the creation of the task; None where no task got so far.

    `progress` is the finished share of all that are not dismissed; `verified_share` is that of the resolved ones.
    """

    id: str
    tasks: int
    waiting: int
    in_hand: int
    resolved: int
    verified: int
    dismissed: int
    overdue: int
    overdue_count: int
    reopened: int
    progress: float | None
    verified_share: float | None
    response_median_seconds: float | None
    response_p90_seconds: float | None
    resolve_median_seconds: float | None
    resolve_p90_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """Holds the number of reports, also for each 10,000 people (None where the population is unknown)."""

    id: str
    complaints: int
    population: float | None
    per_10000_people: float | None


# Tasks that follow another one (merged incidents) are that one's, and count once.
_COUNTED: Final = "fact.state <> 'following'"
_AREAS_WITHIN: Final = "ANY (ARRAY(SELECT area_id FROM area_within WHERE ancestor_id = %(area_id)s))"
_ONLY_OF: Final = {
    "category": "fact.category = %(category)s",
    "agency_id": "fact.agency_id = %(agency_id)s",
    "area_id": f"fact.area_id = {_AREAS_WITHIN}",
}
# As in db/migrations/0083_figures_by_month.sql, which adds months up.
_COUNTS: Final = {
    "tasks": "true",
    "waiting": "state IN ('review', 'open', 'assigned')",
    "in_hand": "state IN ('accepted', 'on_site', 'paused')",
    "resolved": "state IN ('resolved', 'verified')",
    "verified": "state = 'verified'",
    "dismissed": "state = 'dismissed'",
    "overdue": "is_overdue AND state NOT IN ('resolved', 'verified', 'dismissed')",
    "overdue_count": "is_overdue AND state <> 'dismissed'",
    "reopened": "reopened > 0",
}
_KEYS: Final[Mapping[Group, str]] = {
    "area": "fact.area_id",
    "agency": "fact.agency_id",
    "officer": "fact.officer_id",
    "category": "fact.category",
    "day": "(fact.created_at AT TIME ZONE %(zone)s)::date",
}
_SPAN_CLAUSE: Final = tuple(name for name in _COUNTS if name in Figures.__slots__)
_TIMES: Final = {
    "responses": "string_agg(float4send(response_seconds), ''::bytea)",
    "resolves": "string_agg(float4send(resolve_seconds), ''::bytea)",
}


def figures(conn: Connection, group: Group, span: Span, *, level: Level = "kelurahan", zone: str) -> list[Figures]:
    """Figures of each group that had a task, in the order of their ids."""
    return [_figures(row) for row in _sums(conn, group, span, level=level, zone=zone)]


def _figures(row: Mapping[str, Any]) -> Figures:
    done, due = row["resolved"], row["tasks"] - row["dismissed"]
    response, resolve = percentiles(row["responses"], (0.5, 0.9)), percentiles(row["resolves"], (0.5, 0.9))
    return Figures(
        id=row["id"],
        **{name: row[name] for name in _SPAN_CLAUSE},
        progress=round(done / due, 4) if due else None,
        verified_share=round(row["verified"] / done, 4) if done else None,
        response_median_seconds=response[0],
        response_p90_seconds=response[1],
        resolve_median_seconds=resolve[0],
        resolve_p90_seconds=resolve[1],
    )


def percentiles(times: bytes | None, shares: Sequence[float]) -> list[float | None]:
    """Of float4 in network order: the smallest that is not below each share of them, as percentile_disc has it."""
    if not times:
        return [None for _ in shares]
    seconds = np.frombuffer(times, dtype=">f4").astype(np.float32)
    places = [max(0, math.ceil(share * len(seconds)) - 1) for share in shares]
    ordered = np.partition(seconds, places)
    return [float(ordered[place]) for place in places]


def _sums(conn: Connection, group: Group, span: Span, *, level: Level, zone: str) -> list[dict[str, Any]]:
    counts = {name: f"count(*) FILTER (WHERE {what})" for name, what in _COUNTS.items()}
    return sums(conn, group, span, MonthlySum(table="task_month", counts=counts, times=_TIMES), level=level, zone=zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlySum:
    """Names a table of monthly sums with the expressions that add its counts, amounts and times up from the facts.

    `joined`: what the facts are joined with. Everything here is a constant of the program.
    """

    table: str
    counts: Mapping[str, str]
    joined: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)


def sums(
    conn: Connection, group: Group, span: Span, what: MonthlySum, *, level: Level, zone: str
) -> list[dict[str, Any]]:
    """Months that are added up already, and the facts of all the rest of the span."""
    months = _ready_months(conn, "task", span, zone=zone) if _may_use_months(group, span) else []
    rest, values = _rest("fact.created_at", span, months)
    key, held = _KEYS[group], "area_id" if group == "area" else None
    inside = f" AND id = {_AREAS_WITHIN}" if span.area_id else ""
    only = "" if held else " AND (%(only)s::text IS NULL OR id = %(only)s)"
    up = "JOIN area_within AS up ON up.area_id = part.id AND up.level = %(level)s" if group == "area" else ""
    every = {**what.counts, **what.amounts, **what.times}
    added = [f"sum(part.{name})::int AS {name}" for name in what.counts]
    added += [f"sum(part.{name})::float8 AS {name}" for name in what.amounts]
    added += [f"string_agg(part.{name}, ''::bytea) AS {name}" for name in what.times]
    query = (
        f"WITH part AS (SELECT id, {', '.join(every)} FROM {what.table}"  # noqa: S608 - ours
        f" WHERE kind = %(kind)s AND month = ANY(%(months)s){inside if held else only}"
        f" UNION ALL SELECT {key}::text, {', '.join(f'{sql} AS {name}' for name, sql in every.items())}"
        f" FROM task_fact AS fact {what.joined}"
        f" WHERE ({rest}) AND {counted(span)} AND {key} IS NOT NULL GROUP BY {key})"
        f" SELECT {'up.ancestor_id' if held else 'part.id'} AS id, {', '.join(added)}"
        f" FROM part {up} GROUP BY 1 ORDER BY 1"
    )
    own = {"level": level, "zone": zone, "kind": group, "months": months, "only": _only(group, span)}
    cursor = conn.cursor(binary=True, row_factory=dict_row)
    return cursor.execute(query.encode(), {**values_of(span), **values, **own}).fetchall()


def _may_use_months(group: Group, span: Span) -> bool:
    """Return whether the monthly sums suffice; they have one grouping, so a filter within another needs the facts."""
    filters = {"category": span.category, "agency": span.agency_id, "area": span.area_id}
    return all(value is None or name == group for name, value in filters.items())


def counted(span: Span) -> str:
    """Only what is requested is in the query, so that the right index is taken."""
    return " AND ".join([_COUNTED, *(clauses for name, clauses in _ONLY_OF.items() if getattr(span, name) is not None)])


def _only(group: Group, span: Span) -> str | None:
    return {"category": span.category, "agency": span.agency_id}.get(group)


def _ready_months(conn: Connection, what: str, span: Span, *, zone: str) -> list[datetime]:
    """Months wholly within the span whose sums are as the facts are."""
    rows = conn.execute(
        "SELECT month FROM month_rolled AS done WHERE what = %(what)s AND zone = %(zone)s AND month >= %(since)s"
        " AND month + interval '1 month' <= %(until)s AND NOT EXISTS (SELECT FROM month_stale AS stale"
        " WHERE stale.what = done.what AND stale.month = done.month) ORDER BY month",
        {"what": what, "zone": zone, "since": span.since, "until": span.until},
    )
    return [row["month"] for row in rows]


def _rest(column: str, span: Span, months: Sequence[datetime]) -> tuple[str, dict[str, datetime]]:
    """SQL for "in the span and in none of the months", with its values."""
    starts = [span.since, *(_next_month(month) for month in months)]
    gaps = [(start, end) for start, end in zip(starts, [*months, span.until], strict=True) if start < end]
    values = {f"{side}{number}": at for number, gap in enumerate(gaps) for side, at in zip("ab", gap, strict=True)}
    clauses = [f"({column} >= %(a{number})s AND {column} < %(b{number})s)" for number in range(len(gaps))]
    return " OR ".join(clauses) or "false", values


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)


def reporters(conn: Connection, span: Span) -> list[ReporterOutcomes]:
    """Of each citizen, under a pseudonym: the incidents reported in the span that were judged, each once."""
    months = [] if span.category or span.area_id else _whole_months(span)
    rest, values = _rest("received_at", span, months)
    inside = f" AND incident_id IN (SELECT id FROM incident_seen WHERE area_id = {_AREAS_WITHIN})"  # noqa: S608 - ours
    query = (
        "SELECT id, sum(confirmed)::int AS confirmed, sum(refuted)::int AS refuted FROM ("  # noqa: S608 - ours
        " SELECT pseudonym AS id, confirmed, refuted FROM reporter_month WHERE month = ANY(%(months)s) UNION ALL"
        " SELECT pseudonym, count(*) FILTER (WHERE is_confirmed), count(*) FILTER (WHERE NOT is_confirmed)"
        f" FROM reporter_fact WHERE ({rest}) AND (%(category)s::text IS NULL OR category = %(category)s)"
        f"{inside if span.area_id else ''} GROUP BY 1) AS part"
        # Who meets one officer more often than chance explains is not ranked.
        " WHERE id NOT IN (SELECT pseudonym FROM reporter_pair) GROUP BY 1"
    )
    rows = conn.cursor(row_factory=tuple_row).execute(query.encode(), {**values_of(span), **values, "months": months})
    return [ReporterOutcomes(id=name, confirmed=confirmed, refuted=refuted) for name, confirmed, refuted in rows]


def _whole_months(span: Span) -> list[datetime]:
    """UTC months that lie wholly within the span."""
    since = span.since.astimezone(UTC)
    month = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = []
    while _next_month(month) <= span.until:
        if month >= since:
            months.append(month)
        month = _next_month(month)
    return months


def complaints(conn: Connection, span: Span, *, level: Level, zone: str) -> list[Complaints]:
    """Return how many reports each area had, also for 10,000 people."""
    months = [] if span.category else _ready_months(conn, "report", span, zone=zone)
    rest, values = _rest("received_at", span, months)
    query = (
        "SELECT area.id, coalesce(said.n, 0)::int AS complaints, people.n AS population,"  # noqa: S608 - ours
        " round((coalesce(said.n, 0) * 10000 / nullif(people.n, 0))::numeric, 2)::float8 AS per_10000_people FROM area"
        " LEFT JOIN (SELECT up.ancestor_id AS id, sum(each.n) AS n FROM ("
        "   SELECT area_id, n FROM report_month WHERE month = ANY(%(months)s) UNION ALL"
        f"   SELECT area_id, count(*) FROM report_figure WHERE ({rest})"
        "     AND (%(category)s::text IS NULL OR category = %(category)s) GROUP BY 1) AS each"
        "   JOIN area_within AS up ON up.area_id = each.area_id AND up.level = %(level)s GROUP BY 1) AS said"
        "   ON said.id = area.id"
        " LEFT JOIN (SELECT area_id AS id, value AS n FROM area_statistic_all WHERE name = 'population') AS people"
        "   ON people.id = area.id"
        " WHERE area.level = %(level)s ORDER BY area.id"
    )
    own = {"level": level, "months": months}
    rows = conn.cursor(row_factory=class_row(Complaints)).execute(query.encode(), {**values_of(span), **values, **own})
    return rows.fetchall()


def layer_features(conn: Connection, layer_id: str, *, level: Level) -> dict[str, int] | None:
    """Return how many features of a layer lie in each area of a level, those with none left out; None: no such
    layer."""
    if conn.execute("SELECT FROM layer WHERE id = %s", (layer_id,)).fetchone() is None:
        return None
    rows = conn.cursor(row_factory=tuple_row).execute(
        "SELECT up.ancestor_id, sum(lies.n)::int FROM (SELECT area_id, count(*) AS n FROM layer_feature"
        "  WHERE layer_id = %s AND area_id IS NOT NULL GROUP BY 1) AS lies"
        " JOIN area_within AS up ON up.area_id = lies.area_id AND up.level = %s GROUP BY 1",
        (layer_id, level),
    )
    return dict(rows.fetchall())


def roll_months(conn: Connection, *, zone: str, most: int) -> int:
    """Adds up months that are over or changed, the newest first, at most `most`; how many there were."""
    row = conn.execute("SELECT roll_months(%s, %s) AS n", (zone, most)).fetchone()
    return int(row["n"]) if row else 0


def refresh_reporters(conn: Connection, *, since: datetime | None = None) -> int:
    """Computes anew who reported what of the incidents that changed since then, or since the last time."""
    row = conn.execute("SELECT refresh_reporter_facts(%s) AS n", (since,)).fetchone()
    return int(row["n"]) if row else 0


def counts_now_and_before(
    conn: Connection, *, since: datetime, until: datetime, before: datetime
) -> list[tuple[str | None, str, int, int]]:
    """(area, category, people who reported in since..until, reports in before..since); area None: the whole city."""
    rows = conn.cursor(row_factory=tuple_row).execute(
        "SELECT * FROM count_trending_reports(%s, %s, %s)", (since, until, before)
    )
    return rows.fetchall()


def names(conn: Connection, group: Group, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of areas, agencies or officers."""
    tables: Mapping[Group, bytes] = {
        "area": b"SELECT id, name FROM area WHERE id = ANY(%s)",
        "agency": b"SELECT id, name FROM agency WHERE id = ANY(%s)",
        "officer": b"SELECT id, name FROM app_user WHERE id = ANY(%s)",
    }
    if group not in tables:
        return {}
    return {row["id"]: row["name"] for row in conn.execute(tables[group], (list(ids),))}


def geometries(conn: Connection, ids: Sequence[str]) -> dict[str, object]:
    """Return the GeoJSON geometry of areas; those without one are left out."""
    rows = conn.execute("SELECT id, geometry FROM area WHERE id = ANY(%s) AND geometry IS NOT NULL", (list(ids),))
    return {row["id"]: row["geometry"] for row in rows}


def values_of(span: Span) -> dict[str, object]:
    """Return the parameters of queries about a span."""
    return {
        "since": span.since,
        "until": span.until,
        "category": span.category,
        "area_id": span.area_id,
        "agency_id": span.agency_id,
    }
