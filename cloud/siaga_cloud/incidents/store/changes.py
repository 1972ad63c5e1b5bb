"""Stores the changes of incidents. Rows are only appended; an undo names the change that it undoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.task import TaskState

ChangeVerb = Literal["merge", "split", "close", "reopen", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Represents one change. `other_id` is the incident merged into or split off; `before` is what an undo restores."""

    id: UUID
    verb: ChangeVerb
    incident_id: UUID
    actor: str
    reason: str
    at: datetime
    other_id: UUID | None = None
    undoes: UUID | None = None
    signal_ids: Sequence[UUID] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    undone_by: UUID | None = None
    actor_name: str | None = None

    @property
    def incidents(self) -> tuple[UUID, ...]:
        """Return those that it touched."""
        return (self.incident_id,) if self.other_id is None else (self.incident_id, self.other_id)


_COLUMNS = (
    "change.id, change.verb, change.incident_id, change.other_id, change.actor, change.reason, change.at,"
    " change.undoes, change.signal_ids, change.before, change.number, undo.id AS undone_by, app_user.name AS actor_name"
)
_FROM = (
    " FROM incident_change AS change LEFT JOIN incident_change AS undo ON undo.undoes = change.id"
    " LEFT JOIN app_user ON app_user.id = change.actor"
)


def note(conn: Connection, change: Change) -> None:
    """Append a change to the record."""
    conn.execute(
        "INSERT INTO incident_change (id, verb, incident_id, other_id, actor, reason, at, undoes, signal_ids, before)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            change.id,
            change.verb,
            change.incident_id,
            change.other_id,
            change.actor,
            change.reason,
            change.at,
            change.undoes,
            list(change.signal_ids),
            Jsonb(dict(change.before)),
        ),
    )


def get(conn: Connection, change_id: UUID) -> Change | None:
    """Return one change by its id."""
    row = conn.execute(f"SELECT {_COLUMNS}{_FROM} WHERE change.id = %s", (change_id,)).fetchone()
    return Change(**row) if row else None


def of_incident(conn: Connection, incident_id: UUID, *, limit: int = 200) -> list[Change]:
    """Return the changes that touched an incident, newest first."""
    rows = conn.execute(
        f"SELECT {_COLUMNS}{_FROM}"
        " WHERE change.incident_id = %(id)s OR change.other_id = %(id)s ORDER BY change.number DESC LIMIT %(limit)s",
        {"id": incident_id, "limit": limit},
    )
    return [Change(**row) for row in rows]


def later_in_force(conn: Connection, change: Change) -> list[Change]:
    """Later changes of the same incidents that nobody has undone; the newest first."""
    rows = conn.execute(
        f"SELECT {_COLUMNS}{_FROM}"
        " WHERE (change.incident_id = ANY(%(ids)s) OR change.other_id = ANY(%(ids)s))"
        " AND change.number > %(number)s AND change.verb <> 'undo' AND undo.id IS NULL"
        " ORDER BY change.number DESC LIMIT 20",
        {"ids": list(change.incidents), "number": change.number},
    )
    return [Change(**row) for row in rows]


def newest_task(conn: Connection, incident_id: UUID) -> tuple[UUID, TaskState] | None:
    """Return the task that an incident had last, and its state."""
    row = conn.execute(
        "SELECT id, state FROM task WHERE incident_id = %s ORDER BY created_at DESC, id DESC LIMIT 1", (incident_id,)
    ).fetchone()
    return (row["id"], TaskState(row["state"])) if row else None


def hand_task_over(conn: Connection, task_id: UUID, incident_id: UUID, *, now: datetime) -> None:
    """Makes a task that of another incident; psycopg.errors.UniqueViolation if that one has one under way."""
    conn.execute("UPDATE task SET incident_id = %s, updated_at = %s WHERE id = %s", (incident_id, now, task_id))
