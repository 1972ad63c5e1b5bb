"""Changes a task besides its moves: priority, notes and the checklist."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from siaga_cloud.city.service import policy as policies
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.tasks.store import tasks as db
from siaga_cloud.tasks.store import work as db_work
from siaga_cloud.tasks.store.tasks import TaskMove, TaskRow


def set_priority(conn: Connection, task_id: UUID, priority: int, *, by: str, reason: str, now: datetime) -> TaskRow:
    """Changes how urgent a task is; raises InvalidError without a reason, ConflictError for a finished one."""
    if not reason.strip():
        raise InvalidError("reason: a change of priority needs one", code="reason_required")
    if not 1 <= priority <= 4:
        raise InvalidError(f"priority: got {priority}, expected 1 (first) to 4 (last)", code="invalid_priority")
    held = _get(conn, task_id)
    if held.finished_at is not None:
        raise ConflictError(f"the task is {held.state}; its priority matters no more", code="task_closed")
    changed = replace(held, priority=priority)
    db.save(conn, changed, now=now)
    _note(conn, held, "priority", f"{held.priority} to {priority}: {reason.strip()}", by=by, now=now)
    return changed


def add_note(conn: Connection, task_id: UUID, text: str, *, by: str, now: datetime) -> None:
    """Writes a note into the trail; raises InvalidError for an empty one."""
    if not text.strip():
        raise InvalidError("text: expected some words", code="text_required")
    _note(conn, _get(conn, task_id), "note", text.strip(), by=by, now=now)


def tick(conn: Connection, task_id: UUID, item: str, *, done: bool, by: str, now: datetime) -> None:
    """Ticks an item of the checklist of the task's category, or takes the tick away; raises NotFoundError."""
    held = _get(conn, task_id)
    template = policies.current(conn).template(held.category)
    known = {one.id for one in template.item} if template else set()
    if item not in known:
        raise NotFoundError(f"the checklist of {held.category} has no {item!r}", code="checklist_item_not_found")
    db_work.set_check(conn, task_id, item, by=by if done else None, now=now)
    live.announce(conn, "task", task_id, now)


def _get(conn: Connection, task_id: UUID) -> TaskRow:
    held = db.get(conn, task_id)
    if held is None:
        raise NotFoundError(f"there is no task {task_id}", code="task_not_found")
    return held


def _note(conn: Connection, held: TaskRow, verb: str, text: str, *, by: str, now: datetime) -> None:
    line = TaskMove(
        task_id=held.id, verb=verb, from_state=held.state, to_state=held.state, actor=by, note=text[:2000], at=now
    )
    db.note_move(conn, line)
    live.announce(conn, "task", held.id, now)
