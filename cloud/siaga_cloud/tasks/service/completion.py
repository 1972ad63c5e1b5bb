"""Records who confirmed or disputed that the work of a task is done; without a witness nothing is verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.tasks.store import tasks as db
from siaga_cloud.tasks.store.tasks import TaskRow
from siaga_core.rules.task import TaskState
from siaga_core.rules.verification.grade import Witness, witness_of

_DONE = frozenset({TaskState.RESOLVED, TaskState.VERIFIED})


def reported(task: TaskRow) -> TaskRow:
    """Return a task that was reported as done anew: nobody has confirmed or disputed this."""
    return replace(task, verified_by=None, disputed_by=None, disputed_at=None)


def verified(conn: Connection, task: TaskRow, *, actor: str) -> TaskRow:
    """Return a task with the witness who confirmed it; raises ConflictError where the actor cannot be one."""
    witness = _witness(conn, task, actor)
    if witness is None:
        raise ConflictError(
            f"{actor} did this work or cannot judge it; somebody else has to verify it", code="own_work_not_verified"
        )
    return replace(task, verified_by=witness, disputed_by=None, disputed_at=None)


def reopened(conn: Connection, held: TaskRow, moved: TaskRow, *, actor: str, now: datetime) -> TaskRow:
    """Return a task that is open again; it is disputed where a witness reopens work that was reported as done."""
    witness = _witness(conn, held, actor) if held.state in _DONE else None
    return replace(moved, verified_by=None, disputed_by=witness, disputed_at=now if witness else None)


def taught_state(task: TaskRow) -> TaskState:
    """Return the state from which sources learn: a reporter's own word does not confirm the reporter's own report."""
    return TaskState.RESOLVED if task.verified_by == Witness.REPORTER else task.state


def _witness(conn: Connection, task: TaskRow, actor: str) -> str | None:
    role, workers = db.role_and_workers(conn, task.id, actor)
    return witness_of(actor, role=role, worked_on_by=workers)
