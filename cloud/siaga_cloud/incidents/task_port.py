"""Declares what incidents need of tasks: the port that the subject `tasks` implements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.ports import Port

SYSTEM: Final = "system"


class IncidentTask(Protocol):
    """Represents a task as far as incidents know it."""

    @property
    def id(self) -> UUID:
        """Return the identifier of the task."""
        ...

    @property
    def finished_at(self) -> datetime | None:
        """When the task ended, or None while it is under way."""
        ...


class TaskPort(Protocol):
    """Manages the tasks of incidents. Every call runs in the caller's transaction."""

    def sync_task(self, conn: Connection, incident: IncidentRow, *, caused_at: datetime, now: datetime) -> UUID | None:
        """Creates the task that an incident calls for, or raises the one under way; returns its id, if any."""
        ...

    def note_cause(self, conn: Connection, task_id: UUID, signal_id: UUID) -> None:
        """Records which signal called for a task; the first one stays."""
        ...

    def called_for(self, conn: Connection, waiting: Iterable[IncidentRow], *, now: datetime) -> list[UUID]:
        """Returns the incidents that call for more than they have by the policy of this hour."""
        ...

    def get(self, conn: Connection, task_id: UUID) -> IncidentTask | None:
        """Returns a task, locked, or None."""
        ...

    def unfinished(self, conn: Connection, incident_id: UUID) -> IncidentTask | None:
        """Returns the task under way for an incident, locked, or None."""
        ...

    def reopen(self, conn: Connection, task_id: UUID, *, actor: str, note: str, now: datetime) -> None:
        """Reopens a finished task."""
        ...

    def follow(
        self, conn: Connection, task_id: UUID, leading_id: UUID, *, actor: str, note: str, now: datetime
    ) -> None:
        """Makes a task follow the task of the incident that its own was merged into."""
        ...

    def unfollow(self, conn: Connection, task_id: UUID, *, actor: str, note: str, now: datetime) -> None:
        """Ends that a task follows another."""
        ...

    def hand_over(
        self, conn: Connection, task_id: UUID, incident_id: UUID, *, actor: str, note: str, now: datetime
    ) -> None:
        """Makes a task that of another incident, with a line in its audit trail."""
        ...


task_port: Final[Port[TaskPort]] = Port("incidents.task_port")
