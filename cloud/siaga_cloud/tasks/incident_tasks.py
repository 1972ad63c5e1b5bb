"""Implements what incidents need of tasks (`siaga_cloud.incidents.task_port`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from siaga_cloud.incidents.store import changes as incident_changes
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import NotFoundError
from siaga_cloud.tasks.service import following, tasks
from siaga_cloud.tasks.store import tasks as store
from siaga_cloud.tasks.store.tasks import TaskMove, TaskRow
from siaga_core.rules.task import Verb


class IncidentTasks:
    """Manages the tasks of incidents with the services of this subject."""

    def sync_task(self, conn: Connection, incident: IncidentRow, *, caused_at: datetime, now: datetime) -> UUID | None:
        """Creates the task that an incident calls for, or raises the one under way; returns its id, if any."""
        return tasks.sync_task(conn, incident, caused_at=caused_at, now=now)

    def note_cause(self, conn: Connection, task_id: UUID, signal_id: UUID) -> None:
        """Records which signal called for a task; the first one stays."""
        store.note_cause(conn, task_id, signal_id)

    def called_for(self, conn: Connection, waiting: Iterable[IncidentRow], *, now: datetime) -> list[UUID]:
        """Returns the incidents that call for more than they have by the policy of this hour."""
        return tasks.called_for(conn, waiting, now=now)

    def get(self, conn: Connection, task_id: UUID) -> TaskRow | None:
        """Returns a task, locked, or None."""
        return store.get(conn, task_id)

    def unfinished(self, conn: Connection, incident_id: UUID) -> TaskRow | None:
        """Returns the task under way for an incident, locked, or None."""
        return store.unfinished(conn, incident_id)

    def reopen(self, conn: Connection, task_id: UUID, *, actor: str, note: str, now: datetime) -> None:
        """Reopens a finished task."""
        tasks.move(conn, task_id, tasks.MoveRequest(verb=Verb.REOPEN, actor=actor, note=note), now=now)

    def follow(
        self, conn: Connection, task_id: UUID, leading_id: UUID, *, actor: str, note: str, now: datetime
    ) -> None:
        """Makes a task follow the task of the incident that its own was merged into."""
        following.follow(conn, task_id, leading_id, actor=actor, note=note, now=now)

    def unfollow(self, conn: Connection, task_id: UUID, *, actor: str, note: str, now: datetime) -> None:
        """Ends that a task follows another."""
        following.unfollow(conn, task_id, actor=actor, note=note, now=now)

    def hand_over(
        self, conn: Connection, task_id: UUID, incident_id: UUID, *, actor: str, note: str, now: datetime
    ) -> None:
        """Makes a task that of another incident, with a line in its audit trail."""
        task = store.get(conn, task_id)
        if task is None:
            raise NotFoundError(f"there is no task {task_id}", code="task_not_found")
        incident_changes.hand_task_over(conn, task_id, incident_id, now=now)
        line = TaskMove(
            task_id=task_id,
            verb="hand_over",
            from_state=task.state,
            to_state=task.state,
            actor=actor,
            note=note,
            at=now,
        )
        store.note_move(conn, line)
        live.announce(conn, "task", task_id, now)
