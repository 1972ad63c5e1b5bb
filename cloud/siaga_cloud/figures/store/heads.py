"""Aggregates the tasks of an area or agency: in all, by month, category, area, agency or officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg.rows import class_row

from siaga_cloud.figures.store.figures import Span
from siaga_cloud.platform.db.connection import Connection

By = Literal["all", "month", "category", "area", "agency", "officer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """Holds what became of the tasks that were created in a span. Times are seconds, None where no task got so far.

    `answer_due` counts those that are accepted or past that deadline, `answered_in_time` the punctual ones. `done_due`
    and `done_in_time` do so for resolving.
    """

    id: str
    tasks: int
    waiting: int
    in_hand: int
    resolved: int
    verified: int
    dismissed: int
    overdue: int
    reopened: int
    answer_due: int
    answered_in_time: int
    done_due: int
    done_in_time: int
    response_median_seconds: float | None
    resolve_median_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """Counts a category in a month (YYYY-MM, in the time zone of the city)."""

    month: str
    category: str
    count: int


_KEYS: Final[Mapping[By, str]] = {
    "all": "'all'",
    "month": "to_char(fact.created_at AT TIME ZONE %(zone)s, 'YYYY-MM')",
    "category": "fact.category",
    "area": "up.ancestor_id",
    "agency": "fact.agency_id",
    "officer": "fact.officer_id",
}
# Everybody may know how others did, as sums: facts hide no row, and no person is named.
_SUMS: Final = """
SELECT {key} AS id, count(*)::int AS tasks,
    (count(*) FILTER (WHERE fact.state IN ('review', 'open', 'assigned')))::int AS waiting,
    (count(*) FILTER (WHERE fact.state IN ('accepted', 'on_site', 'paused')))::int AS in_hand,
    (count(*) FILTER (WHERE fact.state IN ('resolved', 'verified')))::int AS resolved,
    (count(*) FILTER (WHERE fact.state = 'verified'))::int AS verified,
    (count(*) FILTER (WHERE fact.state = 'dismissed'))::int AS dismissed,
    (count(*) FILTER (WHERE fact.state NOT IN ('resolved', 'verified', 'dismissed', 'paused')
        AND fact.resolve_by < %(now)s))::int AS overdue,
    (count(*) FILTER (WHERE fact.reopened > 0))::int AS reopened,
    (count(*) FILTER (WHERE {counts} AND (fact.response_seconds IS NOT NULL OR fact.acknowledge_by < %(now)s)))::int
        AS answer_due,
    (count(*) FILTER (WHERE {counts} AND fact.acknowledged_in_time))::int AS answered_in_time,
    (count(*) FILTER (WHERE {counts} AND (fact.state IN ('resolved', 'verified')
        OR (fact.state <> 'paused' AND fact.resolve_by < %(now)s))))::int AS done_due,
    (count(*) FILTER (WHERE fact.state IN ('resolved', 'verified') AND fact.finished_in_time))::int
        AS done_in_time,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.response_seconds) AS response_median_seconds,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY fact.resolve_seconds) AS resolve_median_seconds
FROM task_fact AS fact {up}
WHERE fact.created_at >= %(since)s AND fact.created_at < %(until)s AND fact.state <> 'following' AND {key} IS NOT NULL
"""
_NOT_NOTHING: Final = "fact.state <> 'dismissed'"
_UP: Final = "JOIN area_within AS up ON up.area_id = fact.area_id AND up.ancestor_id = ANY(%(areas)s)"
_WITHIN: Final = "= ANY (ARRAY(SELECT area_id FROM area_within WHERE ancestor_id = %(area_id)s))"


def figures(
    conn: Connection, by: By, span: Span, *, zone: str, now: datetime, areas: list[str] | None = None
) -> list[TaskCounts]:
    """Figures of each of what is requested that had a task, in the order of their ids; `areas`: of these, by area."""
    _prefer_indexes(conn)
    query = _SUMS.format(key=_KEYS[by], counts=_NOT_NOTHING, up=_UP if by == "area" else "")
    if span.area_id is not None:
        query += f" AND fact.area_id {_WITHIN}"
    if span.agency_id is not None:
        query += " AND fact.agency_id = %(agency_id)s"
    if span.category is not None:
        query += " AND fact.category = %(category)s"
    values = {**_values(span), "zone": zone, "now": now, "areas": areas or []}
    rows = conn.cursor(row_factory=class_row(TaskCounts)).execute(f"{query} GROUP BY 1 ORDER BY 1".encode(), values)
    return rows.fetchall()


def _prefer_indexes(conn: Connection) -> None:
    """Until the end of the transaction. Where the span is nearly all that there is, the planner reckons that the table
    costs no more to read than its index task_fact_figures, which is smaller.
    """
    conn.execute("SET LOCAL enable_seqscan = off")


def complaints_by_month(conn: Connection, span: Span, *, zone: str) -> list[KindCount]:
    """Return the reports of an area by month and category. Agencies are left out, because a report belongs to none."""
    inside = f" AND area_id {_WITHIN}" if span.area_id else ""
    rows = conn.cursor(row_factory=class_row(KindCount)).execute(
        "SELECT to_char(received_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, category, count(*)::int AS count"  # noqa: S608 - ours
        f" FROM report_figure WHERE received_at >= %(since)s AND received_at < %(until)s{inside}"
        " GROUP BY 1, 2 ORDER BY 1, 2".encode(),
        {**_values(span), "zone": zone},
    )
    return rows.fetchall()


def tasks_by_month(conn: Connection, span: Span, *, zone: str) -> list[KindCount]:
    """Tasks by month and category, of an agency too."""
    query = (
        "SELECT to_char(fact.created_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, category, count(*)::int AS count"
        " FROM task_fact AS fact WHERE fact.created_at >= %(since)s AND fact.created_at < %(until)s"
        " AND fact.state <> 'following'"
    )
    if span.area_id is not None:
        query += f" AND fact.area_id {_WITHIN}"
    if span.agency_id is not None:
        query += " AND fact.agency_id = %(agency_id)s"
    values = {**_values(span), "zone": zone}
    rows = conn.cursor(row_factory=class_row(KindCount)).execute(
        f"{query} GROUP BY 1, 2 ORDER BY 1, 2".encode(), values
    )
    return rows.fetchall()


def complaints_of(conn: Connection, span: Span, area_ids: list[str]) -> dict[str, int]:
    """Return how many complaints each of these areas had."""
    rows = conn.execute(
        "SELECT up.ancestor_id AS id, count(*)::int AS n FROM report_figure AS report"
        " JOIN area_within AS up ON up.area_id = report.area_id AND up.ancestor_id = ANY(%(areas)s)"
        " WHERE received_at >= %(since)s AND received_at < %(until)s"
        " AND (%(category)s::text IS NULL OR category = %(category)s) GROUP BY 1",
        {**_values(span), "areas": area_ids},
    )
    return {row["id"]: row["n"] for row in rows}


def populations(conn: Connection, area_ids: list[str]) -> dict[str, float]:
    """Return how many people live in each of these areas, where it is known."""
    rows = conn.execute(
        "SELECT area_id, value FROM area_statistic_all WHERE name = 'population' AND area_id = ANY(%s)", (area_ids,)
    )
    return {row["area_id"]: row["value"] for row in rows}


def _values(span: Span) -> dict[str, object]:
    return {
        "since": span.since,
        "until": span.until,
        "category": span.category,
        "area_id": span.area_id,
        "agency_id": span.agency_id,
    }
