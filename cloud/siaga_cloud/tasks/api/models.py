"""Models the responses about tasks.

The public sees what is wrong and what is done about it, but not who was assigned.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from siaga_cloud.cameras.api.clips import EventClip
from siaga_cloud.incidents.api.completion import Completion, completion
from siaga_cloud.platform.http.models import Location, ResponseModel, media_url, place
from siaga_cloud.tasks.api.proof_models import ProofDetail, ProofPair
from siaga_cloud.tasks.store import read as read_tasks
from siaga_core.rules import sla
from siaga_core.rules.task import TaskState, Verb, legal_verbs


class TaskDeadline(ResponseModel):
    """Describes one deadline of a task."""

    due_at: datetime
    done_at: datetime | None
    state: Annotated[str, Field(examples=["running"], description="running, due_soon, overdue, met, missed or paused")]


class Task(ResponseModel):
    """Describes work for an agency. Place, assignee and permitted verbs are for staff of that agency or area."""

    id: UUID
    number: int
    incident_id: UUID
    category: str
    state: Annotated[str, Field(examples=["open"], description="`review`: an operator looks first")]
    priority: Annotated[int, Field(description="1 is most urgent")]
    severity: str
    agency_id: str | None
    agency_name: str | None
    area_id: str | None
    area_name: str | None
    created_at: datetime
    updated_at: datetime
    acknowledge: TaskDeadline
    first_action: TaskDeadline
    resolve: TaskDeadline
    escalation: int
    finished: bool
    completion: Annotated[Completion | None, Field(description="null: nobody has reported it as done")] = None
    place: Location | None = None
    assignee_id: str | None = None
    assignee_name: str | None = None
    verbs: Annotated[list[str], Field(description="what the table of moves allows now", default_factory=list)]
    proof_url: str | None = None


class TaskHistoryEntry(ResponseModel):
    """Describes a line in the history of a task. Actor, note and photo are for staff."""

    verb: str
    from_state: str | None
    to_state: str
    at: datetime
    to_agency: str | None
    actor: str | None = None
    actor_name: Annotated[str | None, Field(description="of the account; null for a rule of the system")] = None
    note: str | None = None
    to_user: str | None = None
    photo_url: str | None = None


class TaskDetail(ResponseModel):
    """Describes a task with its history."""

    task: Task
    moves: list[TaskHistoryEntry]
    photos: Annotated[list[str], Field(description="photos uploaded for it; for staff", default_factory=list)]
    proofs: Annotated[
        list[ProofDetail], Field(description="each resolving, newest first; for staff", default_factory=list)
    ]
    pair: ProofPair = ProofPair()
    clips: Annotated[
        list[EventClip], Field(description="clips of the events behind it; for staff", default_factory=list)
    ]


def task(one: read_tasks.TaskRow, *, whole: bool, now: datetime | None = None) -> Task:
    """Return a task for staff in whose scope it is (`whole`) or for the public."""
    moment = now or datetime.now(UTC)
    public = Task(
        **{name: getattr(one, name) for name in _SAME_IN_TASK},
        acknowledge=_deadline(one, one.acknowledge_by, one.acknowledged_at, moment),
        first_action=_deadline(one, one.first_action_by, one.first_action_at, moment),
        resolve=_deadline(one, one.resolve_by, None, moment),
        finished=one.finished_at is not None,
        completion=completion(one.completion),
    )
    if not whole:
        return public
    staff = {
        "place": place(one.lat, one.lon, coarse=False),
        "assignee_id": one.assignee_id,
        "assignee_name": one.assignee_name,
        "verbs": [str(verb) for verb in _verbs(one.state)],
        "proof_url": media_url(one.proof_media_id),
    }
    return public.model_copy(update=staff)


def move(one: read_tasks.Move, *, whole: bool) -> TaskHistoryEntry:
    """Return an audit line for staff (`whole`) or for the public."""
    public = TaskHistoryEntry(
        verb=one.verb, from_state=one.from_state, to_state=one.to_state, at=one.at, to_agency=one.to_agency
    )
    if not whole:
        return public
    staff = {
        "actor": one.actor,
        "actor_name": one.actor_name,
        "note": one.note,
        "to_user": one.to_user,
        "photo_url": media_url(one.media_id),
    }
    return public.model_copy(update=staff)


_SAME_IN_TASK = (
    "id", "number", "incident_id", "category", "state", "priority", "severity", "agency_id", "agency_name",
    "area_id", "area_name", "created_at", "updated_at", "escalation",
)  # fmt: skip


def _deadline(one: read_tasks.TaskRow, due_at: datetime, step_at: datetime | None, now: datetime) -> TaskDeadline:
    done_at = step_at or one.finished_at
    if done_at is None and one.state == TaskState.PAUSED:
        return TaskDeadline(due_at=due_at, done_at=None, state="paused")
    state = sla.deadline_state(
        started_at=(one.started_at or one.created_at) + timedelta(seconds=one.paused_seconds),
        due_at=due_at,
        done_at=done_at,
        now=now,
        remind_at_share=one.remind_at_share,
    )
    return TaskDeadline(due_at=due_at, done_at=done_at, state=state)


def _verbs(state: str) -> tuple[Verb, ...]:
    try:
        return legal_verbs(TaskState(state))
    except ValueError:
        return ()
