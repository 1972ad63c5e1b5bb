"""Reads tasks, their moves and their photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """Represents work for an agency. `area_path` is the area with its ancestors, which determines who may see it."""

    id: UUID
    number: int
    incident_id: UUID
    category: str
    state: str
    priority: int
    severity: str
    agency_id: str | None
    agency_name: str | None
    area_id: str | None
    area_name: str | None
    area_path: list[str]
    assignee_id: str | None
    assignee_name: str | None
    lat: float
    lon: float
    caused_at: datetime
    created_at: datetime
    updated_at: datetime
    acknowledge_by: datetime
    first_action_by: datetime
    resolve_by: datetime
    acknowledged_at: datetime | None
    first_action_at: datetime | None
    paused_seconds: float
    finished_at: datetime | None
    escalation: int
    proof_media_id: UUID | None
    team_id: str | None = None
    party_ids: list[str] = field(default_factory=list)
    started_at: datetime | None = None
    deadlines_paused: bool = False
    remind_at_share: float = 0.75
    completion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Represents a line in the history of a task. `actor_name` is None for rules and for accounts that the reader may
    not see.
    """

    verb: str
    from_state: str | None
    to_state: str
    actor: str
    note: str
    media_id: UUID | None
    to_agency: str | None
    to_user: str | None
    at: datetime
    actor_name: str | None


TASKS = """
SELECT task.id, task.number, task.incident_id, task.category, task.state, task.priority, task.severity,
    task.agency_id, agency.name AS agency_name, task.area_id, area.name AS area_name,
    area_path(task.area_id) AS area_path, task.assignee_id, app_user.name AS assignee_name, task.lat, task.lon,
    task.caused_at, task.created_at, task.updated_at, task.acknowledge_by, task.first_action_by, task.resolve_by,
    task.acknowledged_at, task.first_action_at, task.paused_seconds, task.finished_at, task.escalation,
    task.proof_media_id, task.team_id, task.started_at, task.deadlines_paused, task.remind_at_share,
    (SELECT to_jsonb(completion) FROM task_completion AS completion WHERE completion.task_id = task.id) AS completion,
    ARRAY(SELECT party.agency_id FROM task_party AS party WHERE party.task_id = task.id ORDER BY 1) AS party_ids
FROM task_seen AS task LEFT JOIN agency ON agency.id = task.agency_id LEFT JOIN area ON area.id = task.area_id
LEFT JOIN app_user ON app_user.id = task.assignee_id
"""

_OWN_TEAMS: Final = "ARRAY(SELECT team_id FROM team_member WHERE user_id = %(assignee)s)"
_OWN: Final = f"(task.assignee_id = %(assignee)s OR task.team_id = ANY ({_OWN_TEAMS}))"
_CHOSEN: Final = {
    "state": "task.state = %(state)s",
    "agency": "task.agency_id = %(agency)s",
    # A view that hides assignees cannot be searched by them: the table finds the tasks, the view decides.
    "assignee": f"{_OWN} AND task.id = ANY (ARRAY(SELECT id FROM task WHERE assignee_id = %(assignee)s"  # noqa: S608 - constants
    f" UNION ALL SELECT id FROM task_seen WHERE team_id = ANY ({_OWN_TEAMS})))",
    "number": "task.number = %(number)s",
}
# The sequence of the index task_listed (0498).
_LISTED: Final = " ORDER BY task.finished_at DESC NULLS FIRST, task.priority, task.resolve_by, task.id LIMIT %(limit)s"


def tasks(
    conn: Connection,
    *,
    state: str | None,
    agency_id: str | None,
    assignee_id: str | None,
    number: int | None = None,
    limit: int,
) -> list[TaskRow]:
    """Tasks, unfinished before finished, then the most urgent, then the one due first."""
    values = {"state": state, "agency": agency_id, "assignee": assignee_id, "number": number, "limit": limit}
    chosen = " AND ".join(clause for name, clause in _CHOSEN.items() if values[name] is not None) or "true"
    query = f"{TASKS} WHERE {chosen}{_LISTED}"
    return conn.cursor(row_factory=class_row(TaskRow)).execute(query.encode(), values).fetchall()


def by_ids(conn: Connection, ids: Sequence[UUID]) -> list[TaskRow]:
    """Return the tasks named, in no order."""
    found = conn.cursor(row_factory=class_row(TaskRow)).execute(TASKS + " WHERE task.id = ANY(%s)", (list(ids),))
    return found.fetchall()


def moves(conn: Connection, task_id: UUID) -> list[Move]:
    """Return the audit trail of a task, oldest first."""
    found = conn.cursor(row_factory=class_row(Move)).execute(
        "SELECT verb, from_state, to_state, actor, note, media_id, to_agency, to_user, at, app_user.name AS actor_name"
        " FROM task_move_seen AS move LEFT JOIN app_user ON app_user.id = move.actor"
        " WHERE task_id = %s ORDER BY move.id LIMIT 500",
        (task_id,),
    )
    return found.fetchall()


def photos(conn: Connection, task_id: UUID) -> list[UUID]:
    """Return the photos that were uploaded for a task as proof, oldest first."""
    found = conn.execute(
        "SELECT media_id FROM task_photo WHERE task_id = %s AND purpose = 'proof' ORDER BY at, media_id", (task_id,)
    )
    return [row["media_id"] for row in found]
