"""Stores tasks and their history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.sla import Deadlines
from siaga_core.rules.task import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """Represents work for an agency."""

    id: UUID
    incident_id: UUID
    category: str
    state: TaskState
    priority: int
    severity: str
    agency_id: str | None
    area_id: str | None
    assignee_id: str | None
    caused_at: datetime
    created_at: datetime
    acknowledge_by: datetime
    first_action_by: datetime
    resolve_by: datetime
    acknowledged_at: datetime | None = None
    first_action_at: datetime | None = None
    paused_at: datetime | None = None
    paused_seconds: float = 0.0
    overdue_since: datetime | None = None
    escalation: int = 0
    finished_at: datetime | None = None
    proof_media_id: UUID | None = None
    policy_id: int | None = None
    team_id: str | None = None
    started_at: datetime
    deadline_round: int = 0
    deadlines_paused: bool = False
    next_deadline_at: datetime | None = None
    remind_at_share: float = 0.75
    hops: int = 0
    verified_by: str | None = None
    disputed_by: str | None = None
    disputed_at: datetime | None = None

    @property
    def deadlines(self) -> Deadlines:
        """Return the deadlines of the task as the rules need them."""
        return Deadlines(
            acknowledge_at=self.acknowledge_by, first_action_at=self.first_action_by, resolve_at=self.resolve_by
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMove:
    """Represents one line in the history of a task."""

    task_id: UUID
    verb: str
    from_state: str | None
    to_state: str
    actor: str
    at: datetime
    note: str = ""
    media_id: UUID | None = None
    to_agency: str | None = None
    to_user: str | None = None


_COLUMNS = (
    "id, incident_id, category, state, priority, severity, agency_id, area_id, assignee_id, caused_at, created_at,"
    " acknowledge_by, first_action_by, resolve_by, acknowledged_at, first_action_at, paused_at, paused_seconds,"
    " overdue_since, escalation, finished_at, proof_media_id, policy_id, team_id, started_at, deadline_round,"
    " deadlines_paused, next_deadline_at, remind_at_share, hops, verified_by, disputed_by, disputed_at"
)
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))
_CHANGING = tuple(name for name in _NAMES if name not in ("id", "incident_id", "category", "caused_at", "created_at"))

_CREATE = (
    f"INSERT INTO task ({_COLUMNS}, lat, lon, updated_at) SELECT "  # noqa: S608 - constants of ours
    + ", ".join(f"%({name})s" for name in _NAMES)
    + ", lat, lon, %(created_at)s FROM incident WHERE id = %(incident_id)s"
)
_SAVE = (
    "UPDATE task SET "  # noqa: S608 - constants of ours
    + ", ".join(f"{name} = %({name})s" for name in _CHANGING)
    + ", updated_at = %(updated_at)s WHERE id = %(id)s"
)


def create(conn: Connection, task: TaskRow) -> None:
    """Stores a new task at its incident's place; psycopg.errors.UniqueViolation if the incident has one under way."""
    conn.execute(_CREATE.encode(), _parameters(task))


def note_cause(conn: Connection, task_id: UUID, signal_id: UUID) -> None:
    """Records which signal called for a task; the first one stays."""
    conn.execute(
        "INSERT INTO task_cause (task_id, signal_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", (task_id, signal_id)
    )


def save(conn: Connection, task: TaskRow, *, now: datetime) -> None:
    """Writes everything about a task that may change."""
    conn.execute(_SAVE.encode(), {**_parameters(task), "updated_at": now})


def incident_of(conn: Connection, task_id: UUID) -> UUID | None:
    """Return which incident a task is for; None where there is no such task."""
    row = conn.execute("SELECT incident_id FROM task WHERE id = %s", (task_id,)).fetchone()
    return row["incident_id"] if row else None


def get(conn: Connection, task_id: UUID) -> TaskRow | None:
    """Return a task and lock its row."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM task WHERE id = %s FOR UPDATE", (task_id,)).fetchone()  # noqa: S608
    return _task(row) if row else None


def unfinished(conn: Connection, incident_id: UUID) -> TaskRow | None:
    """Return the task under way for an incident, locked."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM task WHERE incident_id = %s AND finished_at IS NULL FOR UPDATE",  # noqa: S608
        (incident_id,),
    ).fetchone()
    return _task(row) if row else None


def in_review(conn: Connection) -> frozenset[UUID]:
    """Incidents whose task waits for an operator's look."""
    rows = conn.execute("SELECT incident_id FROM task WHERE finished_at IS NULL AND state = 'review'")
    return frozenset(row["incident_id"] for row in rows)


def due_for_check(conn: Connection, *, now: datetime, limit: int) -> list[TaskRow]:
    """Unfinished tasks whose deadlines have something to do, locked.

    Tasks that someone else holds at this moment are left for the next time.
    """
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM task WHERE finished_at IS NULL AND NOT deadlines_paused"  # noqa: S608
        " AND next_deadline_at <= %s ORDER BY next_deadline_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (now, limit),
    )
    return [_task(row) for row in rows]


def note_move(conn: Connection, move: TaskMove) -> None:
    """Appends to the audit trail."""
    conn.execute(
        "INSERT INTO task_move (task_id, verb, from_state, to_state, actor, note, media_id, to_agency, to_user, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            move.task_id,
            move.verb,
            move.from_state,
            move.to_state,
            move.actor,
            move.note,
            move.media_id,
            move.to_agency,
            move.to_user,
            move.at,
        ),
    )


def role_and_workers(conn: Connection, task_id: UUID, actor: str) -> tuple[str | None, frozenset[str]]:
    """Return the role of an account (None: there is no such account), and who resolved the task the last time."""
    row = conn.execute("SELECT role FROM app_user WHERE id = %s", (actor,)).fetchone()
    last = conn.execute(
        "SELECT actor FROM task_move WHERE task_id = %s AND verb = 'resolve' ORDER BY id DESC LIMIT 1", (task_id,)
    ).fetchone()
    return (row["role"] if row else None), frozenset({last["actor"]} if last else ())


def has_photo(conn: Connection, task_id: UUID, media_id: UUID) -> bool:
    """Return whether a photo was uploaded for this very task as proof."""
    row = conn.execute(
        "SELECT 1 FROM task_photo WHERE task_id = %s AND media_id = %s AND purpose = 'proof'", (task_id, media_id)
    ).fetchone()
    return row is not None


def add_photo(
    conn: Connection,
    *,
    task_id: UUID,
    media_id: UUID,
    uploaded_by: str,
    now: datetime,
    purpose: Literal["proof", "attachment"] = "proof",
) -> None:
    """Attaches an uploaded photo to a task."""
    conn.execute(
        "INSERT INTO task_photo (task_id, media_id, uploaded_by, at, purpose) VALUES (%s, %s, %s, %s, %s)",
        (task_id, media_id, uploaded_by, now, purpose),
    )


def _task(row: dict[str, object]) -> TaskRow:
    started_at = row["started_at"] or row["created_at"]
    return TaskRow(**{**row, "state": TaskState(str(row["state"])), "started_at": started_at})  # type: ignore[arg-type]


def _parameters(task: TaskRow) -> dict[str, object]:
    return {name: getattr(task, name) for name in _NAMES}
