"""Aggregates what rankings are made of, and stores what each task weighs in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from siaga_cloud.figures.store.figures import Group, Level, MonthlySum, Span, counted, sums, values_of
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.ranking import Work
from siaga_core.rules.verification.pairs import Meeting, UnusualPair

_DONE: Final = "fact.state IN ('resolved', 'verified')"
_DUE: Final = f"({_DONE} OR fact.is_overdue AND fact.state <> 'dismissed')"
# As in db/migrations/0332_rank_weights.sql, which adds months up.
_RANKS: Final = MonthlySum(
    table="task_rank_month",
    joined="JOIN task_weight AS weight ON weight.task_id = fact.task_id",
    counts={
        "cases": f"count(*) FILTER (WHERE {_DUE} AND weight.is_ranked)",
        "verified": f"count(*) FILTER (WHERE {_DUE} AND weight.is_ranked AND weight.credit > 0)",
        "done_again": f"count(*) FILTER (WHERE {_DONE} AND weight.is_ranked AND fact.reopened > 0)",
        "weightless": f"count(*) FILTER (WHERE {_DUE} AND weight.reason IN ('anonymous', 'paired'))",
    },
    amounts={
        "credit_in_time": f"sum(weight.credit) FILTER (WHERE {_DUE} AND weight.is_ranked AND NOT fact.is_overdue)",
        "credit_overdue": f"sum(weight.credit) FILTER (WHERE {_DUE} AND weight.is_ranked AND fact.is_overdue)",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskToWeigh:
    """Represents a task with what speaks for it. `reporters` is JSON: channel, confirmed_elsewhere, is_paired."""

    task_id: UUID
    created_at: datetime
    witness: str | None
    is_imported: bool
    has_sensor: bool
    has_verdict: bool
    is_unexamined: bool
    reporters: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """Represents a reporter, under a pseudonym, and an officer who meet more often than chance explains."""

    pseudonym: str
    officer_id: str
    officer_name: str | None
    meetings: int
    expected: float
    chance: float
    found_at: datetime


def works(conn: Connection, group: Group, span: Span, *, level: Level, zone: str) -> list[Work]:
    """Return what rankings are made of: tasks that were due, and of officers the work that a witness refuted."""
    found = [
        Work(
            id=row["id"],
            cases=row["cases"],
            verified=row["verified"],
            credit_in_time=row["credit_in_time"] or 0.0,
            credit_overdue=row["credit_overdue"] or 0.0,
            done_again=row["done_again"],
            weightless=row["weightless"],
        )
        for row in sums(conn, group, span, _RANKS, level=level, zone=zone)
    ]
    return _with_refuted(found, _refuted(conn, span)) if group == "officer" else found


def _with_refuted(found: Sequence[Work], refuted: Mapping[str, int]) -> list[Work]:
    held = {one.id: one for one in found}
    everybody = [held.get(name, Work(id=name)) for name in sorted({*held, *refuted})]
    return [replace(one, cases=one.cases + refuted.get(one.id, 0)) for one in everybody]


# A task that was refuted is open again and nobody's, but it was this officer who reported it as done.
_REFUTED: Final = """
SELECT proof.resolved_by AS id, count(*) AS n FROM proof JOIN task_fact AS fact ON fact.task_id = proof.task_id
JOIN task_weight AS weight ON weight.task_id = proof.task_id
JOIN app_user AS officer ON officer.id = proof.resolved_by AND officer.role = 'officer'
LEFT JOIN app_user AS judge ON judge.id = proof.decided_by
WHERE proof.outcome = 'reopened' AND weight.is_ranked
    AND (split_part(proof.decided_by, ':', 1) IN ('camera', 'gauge') OR judge.role IN ('operator', 'admin'))
    AND fact.created_at >= %(since)s AND fact.created_at < %(until)s AND {only} GROUP BY 1
"""


def _refuted(conn: Connection, span: Span) -> dict[str, int]:
    """Return how often a camera, a gauge or an operator saw that work was not done which an officer had reported as
    done.
    """
    query, values = _REFUTED.format(only=counted(span)), values_of(span)
    rows = conn.cursor(row_factory=tuple_row).execute(query.encode(), values)
    return {name: count for name, count in rows if name is not None}


_TO_WEIGH: Final = """
WITH due AS (
    SELECT task_id FROM task_weight WHERE weighed_at IS NULL ORDER BY task_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
SELECT task.id AS task_id, task.created_at, CASE WHEN task.state = 'verified' THEN task.verified_by END AS witness,
    task.imported_from IS NOT NULL AS is_imported,
    task.imported_from IS NULL AND EXISTS (SELECT FROM incident_member AS member
        WHERE member.incident_id = task.incident_id AND member.removed_at IS NULL
        AND member.source_key NOT LIKE 'citizen:%%') AS has_sensor,
    incident.verdict = 'confirmed' AND coalesce(incident.verdict_by, 'task:') NOT LIKE 'task:%%' AS has_verdict,
    task.state = 'resolved' AND task.overdue_since IS NULL AND task.finished_at <= task.resolve_by AS is_unexamined,
    CASE WHEN task.imported_from IS NOT NULL THEN '[]'::jsonb ELSE coalesce((
        SELECT jsonb_agg(jsonb_build_object('channel', report.channel, 'is_paired',
            EXISTS (SELECT FROM reporter_pair AS pair WHERE pair.reporter_hash = report.reporter_hash
                AND pair.officer_id = task.assignee_id),
            'confirmed_elsewhere', (SELECT count(DISTINCT other.id) FROM report AS earlier
                JOIN incident_member AS joined ON joined.signal_id = earlier.id AND joined.removed_at IS NULL
                JOIN task AS other ON other.incident_id = joined.incident_id AND other.state = 'verified'
                    AND split_part(other.verified_by, ':', 1) IN ('camera', 'gauge', 'operator')
                    AND other.assignee_id IS DISTINCT FROM task.assignee_id
                WHERE earlier.reporter_hash = report.reporter_hash AND other.incident_id <> task.incident_id)))
        FROM (SELECT DISTINCT report.channel, report.reporter_hash FROM incident_member AS member
              JOIN report ON report.id = member.signal_id
              WHERE member.incident_id = task.incident_id AND member.removed_at IS NULL LIMIT 50) AS report
        ), '[]'::jsonb) END AS reporters
FROM due JOIN task ON task.id = due.task_id JOIN incident ON incident.id = task.incident_id
"""


def to_weigh(conn: Connection, *, limit: int) -> list[TaskToWeigh]:
    """Return tasks that were made or changed since they were weighed, their weights locked."""
    return conn.cursor(row_factory=class_row(TaskToWeigh)).execute(_TO_WEIGH, {"limit": limit}).fetchall()


def set_weights(conn: Connection, rows: Sequence[tuple[UUID, bool, float, str]], *, now: datetime) -> None:
    """Store what tasks weigh (task, is_ranked, credit, reason), and mark the months that were added up without it."""
    ids, ranked, earned, reasons = (list(column) for column in zip(*rows, strict=True))
    conn.execute(
        "WITH wanted AS (SELECT * FROM unnest(%s::uuid[], %s::boolean[], %s::real[], %s::text[])"
        "   AS one (task_id, is_ranked, credit, reason)),"
        " differing AS (SELECT wanted.task_id FROM wanted JOIN task_weight AS held USING (task_id)"
        "   WHERE (held.is_ranked, held.credit, held.reason)"
        "     IS DISTINCT FROM (wanted.is_ranked, wanted.credit, wanted.reason)),"
        " stale AS (INSERT INTO month_stale (what, month)"
        "   SELECT DISTINCT 'task', date_trunc('month', created_at, 'UTC') FROM task"
        "   JOIN differing ON differing.task_id = task.id"
        "   WHERE date_trunc('month', created_at, 'UTC') + interval '1 month' < %s::timestamptz - interval '1 day')"
        " UPDATE task_weight AS held SET is_ranked = wanted.is_ranked, credit = wanted.credit, reason = wanted.reason,"
        " weighed_at = %s FROM wanted WHERE wanted.task_id = held.task_id",
        (ids, ranked, earned, reasons, now, now),
    )


def meetings(conn: Connection, *, since: datetime, least: int) -> list[Meeting]:
    """Return the tasks of each reporter by officer, area and agency, of reporters with at least so many tasks."""
    rows = conn.cursor(row_factory=tuple_row).execute(
        "WITH handled AS (SELECT DISTINCT report.reporter_hash, task.id, task.assignee_id,"
        "   coalesce(task.area_id, '') || '/' || coalesce(task.agency_id, '') AS stratum"
        "   FROM task JOIN incident_member AS member ON member.incident_id = task.incident_id"
        "     AND member.removed_at IS NULL JOIN report ON report.id = member.signal_id"
        "   WHERE task.created_at >= %s AND task.assignee_id IS NOT NULL AND task.imported_from IS NULL"
        "     AND report.reporter_hash IS NOT NULL),"
        " busy AS (SELECT reporter_hash FROM handled GROUP BY 1 HAVING count(*) >= %s)"
        " SELECT reporter_hash, assignee_id, stratum, count(*)::int FROM handled JOIN busy USING (reporter_hash)"
        " GROUP BY 1, 2, 3 LIMIT 100000",
        (since, least),
    )
    return [Meeting(reporter=who, officer=officer, stratum=place, tasks=n) for who, officer, place, n in rows]


def officer_totals(conn: Connection, strata: Sequence[str], *, since: datetime) -> dict[str, dict[str, int]]:
    """Return how many tasks each officer handled, by area and agency."""
    rows = conn.cursor(row_factory=tuple_row).execute(
        "SELECT coalesce(area_id, '') || '/' || coalesce(agency_id, '') AS stratum, assignee_id, count(*)::int"
        " FROM task WHERE created_at >= %s AND assignee_id IS NOT NULL AND imported_from IS NULL"
        " AND coalesce(area_id, '') || '/' || coalesce(agency_id, '') = ANY(%s) GROUP BY 1, 2",
        (since, list(strata)),
    )
    found: dict[str, dict[str, int]] = {}
    for stratum, officer, tasks in rows:
        found.setdefault(stratum, {})[officer] = tasks
    return found


def replace_pairs(conn: Connection, pairs: Sequence[UnusualPair], *, now: datetime) -> None:
    """Store the pairs found in the place of the earlier ones; tasks of pairs that came or went are weighed again."""
    wanted = {(one.reporter, one.officer): one for one in pairs}
    rows = conn.execute("SELECT reporter_hash, officer_id FROM reporter_pair").fetchall()
    held = {(row["reporter_hash"], row["officer_id"]) for row in rows}
    conn.execute("DELETE FROM reporter_pair")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO reporter_pair (reporter_hash, officer_id, pseudonym, meetings, expected, chance, found_at)"
            " VALUES (%s, %s, pseudonym_of(%s), %s, %s, %s, %s)",
            [
                (one.reporter, one.officer, one.reporter, one.meetings, one.expected, one.chance, now)
                for one in wanted.values()
            ],
        )
        cursor.executemany(
            "UPDATE task_weight SET weighed_at = NULL WHERE task_id IN (SELECT task.id FROM task"
            " JOIN incident_member AS member ON member.incident_id = task.incident_id AND member.removed_at IS NULL"
            " JOIN report ON report.id = member.signal_id WHERE report.reporter_hash = %s AND task.assignee_id = %s)",
            list(held ^ set(wanted)),
        )


def weigh_again(conn: Connection, *, since: datetime) -> int:
    """Mark the tasks that are not ranked: meanwhile more may be known of those who reported them."""
    marked = conn.execute(
        "UPDATE task_weight SET weighed_at = NULL FROM task WHERE task.id = task_id AND task.created_at >= %s"
        " AND NOT is_ranked AND weighed_at IS NOT NULL",
        (since,),
    )
    return marked.rowcount


def pairs(conn: Connection, *, limit: int) -> list[PairRow]:
    """Return the pairs, the least probable first."""
    found = conn.cursor(row_factory=class_row(PairRow)).execute(
        "SELECT pseudonym, officer_id, app_user.name AS officer_name, meetings, expected, chance, found_at"
        " FROM reporter_pair LEFT JOIN app_user ON app_user.id = officer_id"
        " ORDER BY chance, meetings DESC, pseudonym, officer_id LIMIT %s",
        (limit,),
    )
    return found.fetchall()
