"""Manages the tasks of merged incidents: they follow the parent's task and end with it; an undo separates them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from siaga_cloud.city.service import policy as policies
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError
from siaga_cloud.tasks.service import deadlines
from siaga_cloud.tasks.service.notifications import notify_reporters
from siaga_cloud.tasks.store import tasks as db
from siaga_cloud.tasks.store import work as db_work
from siaga_cloud.tasks.store.tasks import TaskMove, TaskRow
from siaga_cloud.tasks.store.work import Follow
from siaga_core.rules import task as rules
from siaga_core.rules.task import TaskState, Verb

_ENDINGS = frozenset({Verb.RESOLVE, Verb.VERIFY, Verb.DISMISS, Verb.REOPEN})


def follow(conn: Connection, child_id: UUID, parent_id: UUID, *, actor: str, note: str = "", now: datetime) -> TaskRow:
    """Makes a task follow another (both by task id): its deadlines stop, and what ends the parent ends it.

    Raises NotFoundError, ConflictError where one would follow itself, and IllegalMoveError for a finished one.
    """
    held = _get(conn, child_id)
    if held.state is TaskState.FOLLOWING:
        return held
    if child_id == parent_id or parent_id in db_work.followers(conn, child_id):
        raise ConflictError("a task cannot follow itself", code="task_follows_itself")
    parent = _get(conn, parent_id)
    state = rules.move(held.state, Verb.FOLLOW)
    db_work.save_follow(
        conn, Follow(task_id=child_id, parent_id=parent_id, state_before=str(held.state), at=now), actor=actor
    )
    moved = replace(held, state=state, finished_at=now, paused_at=None, next_deadline_at=None)
    leading = db_work.facts(conn, parent.id)
    why = f"follows task {leading.number}"
    _save(conn, held, moved, Verb.FOLLOW, actor=actor, note=f"{why}: {note}" if note else why, now=now)
    notify_reporters(
        conn, moved, "report_merged", fact=f"follow/{now.isoformat()}", now=now, incident=leading.incident_number
    )
    return moved


def unfollow(conn: Connection, task_id: UUID, *, actor: str, note: str = "", now: datetime) -> TaskRow:
    """Lets a task go on as it was before it followed; the time in between does not count.

    Raises NotFoundError, and ConflictError where it does not follow.
    """
    held = _get(conn, task_id)
    followed = db_work.follow_of(conn, task_id)
    if followed is None:
        raise ConflictError("the task does not follow another", code="task_follows_none")
    rules.move(held.state, Verb.UNFOLLOW)
    state = rules.back(TaskState(followed.state_before))
    policy = policies.of_task(conn, held.policy_id)
    free = replace(held, state=state, finished_at=None, paused_at=now if state is TaskState.PAUSED else None)
    moved = free if held.deadlines_paused else deadlines.resumed(free, policy, followed.at, now=now)
    db_work.end_follow(conn, task_id)
    moved = deadlines.with_next(conn, moved, policy)
    _save(conn, held, moved, Verb.UNFOLLOW, actor=actor, note=note, now=now)
    apart_from = db_work.facts(conn, followed.parent_id).incident_number
    notify_reporters(conn, moved, "report_unmerged", fact=f"unfollow/{now.isoformat()}", now=now, incident=apart_from)
    return moved


def pass_on(conn: Connection, parent: TaskRow, verb: Verb, *, now: datetime) -> int:
    """Return what became of a task becomes of those that follow it, on their own trails; how many."""
    if verb not in _ENDINGS:
        return 0
    tails = db_work.followers(conn, parent.id)
    if not tails:
        return 0
    number = db_work.facts(conn, parent.id).number
    for task_id in tails:
        held = _get(conn, task_id)
        line = TaskMove(
            task_id=task_id, verb=f"parent_{verb}", from_state=held.state, to_state=held.state, actor="system",
            note=f"task {number} is {parent.state}", at=now,
        )  # fmt: skip
        db.note_move(conn, line)
        notify_reporters(
            conn, held, _KINDS[verb], fact=f"parent/{parent.id}/{verb}/{now.isoformat()}", now=now, graded=parent
        )
        live.announce(conn, "task", task_id, now)
    return len(tails)


_KINDS = {
    Verb.RESOLVE: "report_resolved",
    Verb.VERIFY: "report_verified",
    Verb.DISMISS: "report_dismissed",
    Verb.REOPEN: "report_reopened",
}


def _get(conn: Connection, task_id: UUID) -> TaskRow:
    held = db.get(conn, task_id)
    if held is None:
        raise NotFoundError(f"there is no task {task_id}", code="task_not_found")
    return held


def _save(conn: Connection, held: TaskRow, moved: TaskRow, verb: Verb, *, actor: str, note: str, now: datetime) -> None:
    db.save(conn, moved, now=now)
    line = TaskMove(
        task_id=held.id, verb=verb, from_state=held.state, to_state=moved.state, actor=actor, note=note[:2000], at=now
    )
    db.note_move(conn, line)
    live.announce(conn, "task", held.id, now)
