"""Adds up what became of tasks, by area, agency, official, category or day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg.rows import class_row

from siaga_cloud.db.connection import Connection
from siaga_core.rules.ranking import Told, Work

Level = Literal["city", "kecamatan", "kelurahan"]
Group = Literal["area", "agency", "official", "category", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Tasks made from `since` (included) to `until` (not), of a category and within an area, or of all."""

    since: datetime
    until: datetime
    category: str | None = None
    area_id: str | None = None
    agency_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of tasks. Times are seconds from the task's making; None where nobody got so far.

    `progress`: finished of all that are not dismissed; `verified_share`: of the resolved ones.
    """

    id: str
    tasks: int
    waiting: int
    in_hand: int
    resolved: int
    verified: int
    dismissed: int
    overdue: int
    late: int
    reopened: int
    progress: float | None
    verified_share: float | None
    response_median_seconds: float | None
    response_p90_seconds: float | None
    resolve_median_seconds: float | None
    resolve_p90_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """How many reports came, and how many that is for 10,000 people (None where the population is not known)."""

    id: str
    complaints: int
    population: float | None
    per_10000_people: float | None


# Tasks that follow another one (merged incidents) are that one's, and count once.
_COUNTED: Final = """
    fact.created_at >= %(since)s AND fact.created_at < %(until)s AND fact.state <> 'following'
    AND (%(category)s::text IS NULL OR fact.category = %(category)s)
    AND (%(agency_id)s::text IS NULL OR fact.agency_id = %(agency_id)s)
    AND (%(area_id)s::text IS NULL OR fact.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = %(area_id)s))
"""
_FIGURES: Final = """
    count(*)::int AS tasks,
    count(*) FILTER (WHERE state IN ('review', 'open', 'assigned'))::int AS waiting,
    count(*) FILTER (WHERE state IN ('accepted', 'on_site', 'paused'))::int AS in_hand,
    count(*) FILTER (WHERE state IN ('resolved', 'verified'))::int AS resolved,
    count(*) FILTER (WHERE state = 'verified')::int AS verified,
    count(*) FILTER (WHERE state = 'dismissed')::int AS dismissed,
    count(*) FILTER (WHERE is_late AND state NOT IN ('resolved', 'verified', 'dismissed'))::int AS overdue,
    count(*) FILTER (WHERE is_late AND state <> 'dismissed')::int AS late,
    count(*) FILTER (WHERE reopened > 0)::int AS reopened,
    round(count(*) FILTER (WHERE state IN ('resolved', 'verified'))::numeric
        / nullif(count(*) FILTER (WHERE state <> 'dismissed'), 0), 4)::float8 AS progress,
    round(count(*) FILTER (WHERE state = 'verified')::numeric
        / nullif(count(*) FILTER (WHERE state IN ('resolved', 'verified')), 0), 4)::float8 AS verified_share,
    (percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY response_seconds)) AS response,
    (percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY resolve_seconds)) AS resolve
"""
_GROUPS: Final[Mapping[Group, tuple[str, str]]] = {
    "area": ("up.ancestor_id", "JOIN area_within AS up ON up.area_id = fact.area_id AND up.level = %(level)s"),
    "agency": ("fact.agency_id", ""),
    "official": ("fact.official_id", ""),
    "category": ("fact.category", ""),
    "day": ("to_char(fact.created_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD')", ""),
}
_COLUMNS: Final = (
    "id, tasks, waiting, in_hand, resolved, verified, dismissed, overdue, late, reopened, progress, verified_share,"
    " response[1]::float8 AS response_median_seconds, response[2]::float8 AS response_p90_seconds,"
    " resolve[1]::float8 AS resolve_median_seconds, resolve[2]::float8 AS resolve_p90_seconds"
)


def figures(conn: Connection, group: Group, span: Span, *, level: Level = "kelurahan", zone: str) -> list[Figures]:
    """Figures of each group that had a task, in the order of their ids."""
    key, join = _GROUPS[group]
    query = (
        f"SELECT {_COLUMNS} FROM (SELECT {key} AS id, {_FIGURES} FROM task_fact AS fact {join}"  # noqa: S608 - ours
        f" WHERE {_COUNTED} AND {key} IS NOT NULL GROUP BY 1) AS one ORDER BY id"
    )
    values = {**_values(span), "level": level, "zone": zone}
    return conn.cursor(row_factory=class_row(Figures)).execute(query.encode(), values).fetchall()


def works(conn: Connection, group: Group, span: Span, *, level: Level, zone: str) -> list[Work]:
    """What rankings are made of: tasks that were due."""
    key, join = _GROUPS[group]
    done = "state IN ('resolved', 'verified')"
    query = f"""
        SELECT {key} AS id,
            count(*) FILTER (WHERE state = 'verified' AND NOT is_late)::int AS verified_in_time,
            count(*) FILTER (WHERE state = 'verified' AND is_late)::int AS verified_late,
            count(*) FILTER (WHERE state = 'resolved' AND NOT is_late)::int AS resolved_in_time,
            count(*) FILTER (WHERE state = 'resolved' AND is_late)::int AS resolved_late,
            count(*) FILTER (WHERE NOT {done} AND state <> 'dismissed' AND is_late)::int AS overdue,
            count(*) FILTER (WHERE {done} AND reopened > 0)::int AS reopened
        FROM task_fact AS fact {join} WHERE {_COUNTED} AND {key} IS NOT NULL GROUP BY 1
    """  # noqa: S608 - ours
    values = {**_values(span), "level": level, "zone": zone}
    return conn.cursor(row_factory=class_row(Work)).execute(query.encode(), values).fetchall()


def reporters(conn: Connection, span: Span) -> list[Told]:
    """Of each citizen, under a pseudonym: the incidents reported in the span that were judged, each once."""
    rows = conn.cursor(row_factory=class_row(Told)).execute(
        "SELECT pseudonym AS id, count(*) FILTER (WHERE verdict = 'confirmed')::int AS confirmed,"
        " count(*) FILTER (WHERE verdict = 'false_alarm')::int AS refuted FROM reporter_judged"
        " WHERE received_at >= %(since)s AND received_at < %(until)s"
        " AND (%(category)s::text IS NULL OR category = %(category)s) GROUP BY 1",
        _values(span),
    )
    return rows.fetchall()


def complaints(conn: Connection, span: Span, *, level: Level) -> list[Complaints]:
    """How many reports each area had, also for 10,000 people."""
    rows = conn.cursor(row_factory=class_row(Complaints)).execute(
        "SELECT area.id, coalesce(said.n, 0)::int AS complaints, people.n AS population,"
        " round((coalesce(said.n, 0) * 10000 / nullif(people.n, 0))::numeric, 2)::float8 AS per_10000_people FROM area"
        " LEFT JOIN (SELECT up.ancestor_id AS id, sum(each.n) AS n FROM ("
        "   SELECT area_id, count(*) AS n FROM report_figure WHERE received_at >= %(since)s AND received_at < %(until)s"
        "     AND (%(category)s::text IS NULL OR category = %(category)s) GROUP BY 1) AS each"
        "   JOIN area_within AS up ON up.area_id = each.area_id AND up.level = %(level)s GROUP BY 1) AS said"
        "   ON said.id = area.id"
        " LEFT JOIN (SELECT area_id AS id, value AS n FROM area_statistic_all WHERE name = 'population') AS people"
        "   ON people.id = area.id"
        " WHERE area.level = %(level)s ORDER BY area.id",
        {**_values(span), "level": level},
    )
    return rows.fetchall()


def counts_now_and_before(
    conn: Connection, *, since: datetime, until: datetime, before: datetime, by_place: bool
) -> list[tuple[str, int, int]]:
    """(id, reports in since..until, reports in before..since) of each category, or of each "area|category"."""
    key = "area_id || '|' || category" if by_place else "category"
    rows = conn.execute(
        f"SELECT {key} AS id, count(*) FILTER (WHERE received_at >= %(since)s)::int AS now,"  # noqa: S608 - ours
        " count(*) FILTER (WHERE received_at < %(since)s)::int AS before FROM report_figure"
        " WHERE received_at >= %(before)s AND received_at < %(until)s AND area_id IS NOT NULL GROUP BY 1".encode(),
        {"since": since, "until": until, "before": before},
    )
    return [(row["id"], row["now"], row["before"]) for row in rows]


def names(conn: Connection, group: Group, ids: Sequence[str]) -> dict[str, str]:
    """The names of areas, agencies or officials."""
    tables: Mapping[Group, bytes] = {
        "area": b"SELECT id, name FROM area WHERE id = ANY(%s)",
        "agency": b"SELECT id, name FROM agency WHERE id = ANY(%s)",
        "official": b"SELECT id, name FROM app_user WHERE id = ANY(%s)",
    }
    if group not in tables:
        return {}
    return {row["id"]: row["name"] for row in conn.execute(tables[group], (list(ids),))}


def geometries(conn: Connection, ids: Sequence[str]) -> dict[str, object]:
    """The GeoJSON geometry of areas; those without one are left out."""
    rows = conn.execute("SELECT id, geometry FROM area WHERE id = ANY(%s) AND geometry IS NOT NULL", (list(ids),))
    return {row["id"]: row["geometry"] for row in rows}


def _values(span: Span) -> dict[str, object]:
    return {
        "since": span.since,
        "until": span.until,
        "category": span.category,
        "area_id": span.area_id,
        "agency_id": span.agency_id,
    }
