"""Reads the queue of a head: tasks of an area or an agency by what is to be done about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.store.read import TASKS, TaskRow

Which = Literal["running", "unsent", "sent", "in_hand", "overdue", "to_check", "finished"]

# A deadline that stands still is not late, however long ago it was due.
_IS_OVERDUE: Final = (
    "task.finished_at IS NULL AND task.state <> 'paused' AND (task.resolve_by < %(now)s"
    " OR (task.acknowledged_at IS NULL AND task.acknowledge_by < %(now)s)"
    " OR (task.first_action_at IS NULL AND task.first_action_by < %(now)s))"
)
_WHICH: Final[Mapping[Which, str]] = {
    "running": "task.finished_at IS NULL",
    "unsent": "task.state IN ('review', 'open')",
    "sent": "task.state = 'assigned'",
    "in_hand": "task.state IN ('accepted', 'on_site', 'paused')",
    "overdue": _IS_OVERDUE,
    "to_check": "task.state = 'resolved'",
    "finished": "task.state IN ('resolved', 'verified', 'dismissed')",
}
_IN_FIELD: Final = (
    "task.state <> 'following' AND (%(area)s::text IS NULL OR task.area_id = ANY"
    " (ARRAY(SELECT area_id FROM area_within WHERE ancestor_id = %(area)s)))"
    " AND (%(agency)s::text IS NULL OR task.agency_id = %(agency)s)"
    " AND (%(category)s::text IS NULL OR task.category = %(category)s)"
)
_OVERDUE_FIRST: Final = f" ORDER BY ({_IS_OVERDUE}) DESC, task.priority, task.resolve_by, task.id"
_NEWEST_FIRST: Final = " ORDER BY task.finished_at DESC, task.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOf:
    """Selects the tasks of a queue."""

    area_id: str | None
    agency_id: str | None
    category: str | None = None
    which: Which = "running"


def counts(conn: Connection, wanted: QueueOf, *, now: datetime) -> dict[Which, int]:
    """Return how many tasks of each kind there are, whichever is requested; finished ones only as far as they are to
    check.
    """
    each = ", ".join(
        f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in _WHICH.items() if name != "finished"
    )
    row = conn.execute(
        f"SELECT {each} FROM task WHERE {_IN_FIELD} AND (task.finished_at IS NULL OR task.state = 'resolved')".encode(),  # noqa: S608 - ours
        _values(wanted, now),
    ).fetchone()
    return {name: row[name] if row else 0 for name in _WHICH if name != "finished"}


def queue(conn: Connection, wanted: QueueOf, *, now: datetime, limit: int, offset: int) -> list[TaskRow]:
    """Tasks: late ones, then the most urgent, then the one due first; finished ones by the newest."""
    is_over = wanted.which in ("finished", "to_check")
    query = f"{TASKS} WHERE {_IN_FIELD} AND {_WHICH[wanted.which]}{_NEWEST_FIRST if is_over else _OVERDUE_FIRST}"
    values = {**_values(wanted, now), "limit": limit, "offset": offset}
    cursor = conn.cursor(row_factory=class_row(TaskRow))
    return cursor.execute(f"{query} LIMIT %(limit)s OFFSET %(offset)s".encode(), values).fetchall()


def _values(wanted: QueueOf, now: datetime) -> dict[str, object]:
    return {"area": wanted.area_id, "agency": wanted.agency_id, "category": wanted.category, "now": now}
