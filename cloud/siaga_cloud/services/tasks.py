"""Tasks: made by policy, routed by category and area, moved by people, watched by clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.db import areas, incidents, live
from siaga_cloud.db import tasks as db
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.incidents import Incident
from siaga_cloud.db.tasks import Task, TaskMove
from siaga_cloud.services.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.rules import sla
from siaga_core.rules import task as rules
from siaga_core.rules.task import FINISHED, NEEDS_PHOTO, NEEDS_REASON, CreationPolicy, NewTask, TaskState, Verb
from siaga_core.wire.ids import uuid7

SYSTEM = "system"

# Nobody but citizens sees these, so that one honest report must be enough; the kelurahan judges on the spot.
_CITIZENS_ONLY = CreationPolicy(review_from=0.2, task_from=0.25)
_CITIZENS_CATEGORIES = ("pothole", "street_light", "congestion", "beggars", "other")
CREATION: Mapping[str, CreationPolicy] = dict.fromkeys(_CITIZENS_CATEGORIES, _CITIZENS_ONLY)
_ESCALATED_TO = {1: "lurah", 2: "camat", 3: "walikota and head of the agency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """What someone wants to do to a task. `to`: a user or an agency, for assign."""

    verb: Verb
    actor: str
    note: str = ""
    photo_id: UUID | None = None
    to: str | None = None


def keep_up(conn: Connection, incident: Incident, *, caused_at: datetime, now: datetime) -> UUID | None:
    """Gives an incident the task that its confidence calls for, or raises the one under way; its id, if any."""
    policy = CREATION.get(incident.category, CreationPolicy())
    wanted = rules.task_for(confidence=incident.confidence, severity=incident.severity, policy=policy)
    held = db.unfinished(conn, incident.id)
    if held is not None:
        return _raise(conn, held, wanted, incident, now=now)
    if wanted is None or incident.over_at is not None:
        return None  # nothing is sent to what is over already
    return _create(conn, incident, wanted, caused_at=caused_at, now=now)


def move(conn: Connection, task_id: UUID, request: MoveRequest, *, now: datetime) -> Task:
    """Moves a task by the rule table and notes it in the audit trail; returns the task as it stands then.

    Raises NotFoundError, InvalidError (reason, photo or `to` missing or wrong), ConflictError (the incident has
    another task under way) and siaga_core.rules.task.IllegalMoveError.
    """
    incident_id = db.incident_of(conn, task_id)
    # The incident's lock before the task's, as everywhere: a signal that comes at this moment takes both, too.
    incident = incidents.get(conn, incident_id) if incident_id else None
    held = db.get(conn, task_id)
    if incident is None or held is None:
        raise NotFoundError(f"there is no task {task_id}")
    state = rules.move(held.state, request.verb)
    _check(conn, held, request)
    moved = _after(conn, held, request, state, now=now)
    if held.finished_at is not None and moved.finished_at is None and db.unfinished(conn, held.incident_id):
        raise ConflictError("the incident has another task under way; move that one")
    db.save(conn, moved, now=now)
    db.note_move(conn, _line(held, moved, request, now=now))
    _move_incident(conn, incident, moved, now=now)
    live.tell(conn, "task", task_id, now)
    return moved


def check_clocks(conn: Connection, *, now: datetime, limit: int = 200) -> int:
    """Marks overdue tasks and notes each step of escalation once; returns how many tasks changed."""
    changed = 0
    for held in db.clocks_to_check(conn, now=now, limit=limit):
        start = held.created_at + timedelta(seconds=held.paused_seconds)
        level = sla.escalation_level(started_at=start, due_at=held.resolve_by, now=now)
        late = replace(held, overdue_since=held.overdue_since or now, escalation=max(held.escalation, level))
        if late != held:
            db.save(conn, late, now=now)
            db.note_move(conn, _clock_line(held, late, now=now))
            live.tell(conn, "task", held.id, now)
            changed += 1
    return changed


def _create(conn: Connection, incident: Incident, wanted: NewTask, *, caused_at: datetime, now: datetime) -> UUID:
    due = sla.deadlines(now, sla.sla_policy(incident.category))
    task = Task(
        id=uuid7(now),
        incident_id=incident.id,
        category=incident.category,
        state=wanted.state,
        priority=wanted.priority,
        severity=incident.severity,
        agency_id=areas.agency_for(conn, category=incident.category, area_id=incident.area_id),
        area_id=incident.area_id,
        assignee_id=None,
        caused_at=caused_at,
        created_at=now,
        acknowledge_by=due.acknowledge_at,
        first_action_by=due.first_action_at,
        resolve_by=due.resolve_at,
    )
    db.create(conn, task)
    why = f"confidence {incident.confidence:.2f}, severity {incident.severity}"
    db.note_move(
        conn,
        TaskMove(
            task_id=task.id, verb="create", from_state=None, to_state=task.state, actor=SYSTEM, note=why, at=now,
            to_agency=task.agency_id,
        ),
    )  # fmt: skip
    live.tell(conn, "task", task.id, caused_at)
    return task.id


def _raise(conn: Connection, held: Task, wanted: NewTask | None, incident: Incident, *, now: datetime) -> UUID:
    """More evidence turns a review into a task and may make it more urgent; nothing is ever lowered by itself."""
    if wanted is None:
        return held.id
    surer = held.state is TaskState.REVIEW and wanted.state is TaskState.OPEN
    raised = replace(
        held,
        state=rules.move(held.state, Verb.CONFIRM) if surer else held.state,
        priority=min(held.priority, wanted.priority),
        severity=incident.severity if wanted.priority < held.priority else held.severity,
    )
    if raised == held:
        return held.id
    db.save(conn, raised, now=now)
    verb = Verb.CONFIRM if surer else "raise"
    note = f"confidence {incident.confidence:.2f}, severity {raised.severity}, priority {raised.priority}"
    db.note_move(
        conn,
        TaskMove(
            task_id=held.id, verb=verb, from_state=held.state, to_state=raised.state, actor=SYSTEM, note=note, at=now
        ),
    )
    live.tell(conn, "task", held.id, now)
    return held.id


def _check(conn: Connection, held: Task, request: MoveRequest) -> None:
    if request.verb in NEEDS_REASON and not request.note.strip():
        raise InvalidError(f"note: {request.verb} needs a reason")
    if request.verb in NEEDS_PHOTO and request.photo_id is None:
        raise InvalidError(f"photo_id: {request.verb} needs a photo")
    if request.photo_id is not None and not db.has_photo(conn, held.id, request.photo_id):
        raise InvalidError(f"photo_id: {request.photo_id} was not uploaded for this task")
    if request.verb is Verb.ASSIGN and not request.to:
        raise InvalidError("to: assign needs a user or an agency")


def _after(conn: Connection, held: Task, request: MoveRequest, state: TaskState, *, now: datetime) -> Task:
    moved = replace(held, state=state, finished_at=_finished_at(held, state, now))
    match request.verb:
        case Verb.ASSIGN:
            return _assigned(conn, moved, request.to or "")
        case Verb.ACCEPT:
            is_user, _ = areas.agency_of_user(conn, request.actor)
            assignee = request.actor if is_user else held.assignee_id
            return replace(moved, assignee_id=assignee, acknowledged_at=held.acknowledged_at or now)
        case Verb.ARRIVE:
            return replace(moved, first_action_at=held.first_action_at or now)
        case Verb.RESOLVE:
            return replace(moved, proof_media_id=request.photo_id, first_action_at=held.first_action_at or now)
        case Verb.DECLINE | Verb.REOPEN:
            return replace(moved, assignee_id=None, overdue_since=None)
        case Verb.PAUSE:
            return replace(moved, paused_at=now)
        case Verb.RESUME:
            return _resumed(moved, now)
        case _:
            return replace(moved, paused_at=None)


def _finished_at(held: Task, state: TaskState, now: datetime) -> datetime | None:
    return (held.finished_at or now) if state in FINISHED else None


def _assigned(conn: Connection, moved: Task, to: str) -> Task:
    is_user, agency_id = areas.agency_of_user(conn, to)
    if is_user:
        return replace(moved, assignee_id=to, agency_id=agency_id or moved.agency_id)
    if areas.is_agency(conn, to):
        return replace(moved, assignee_id=None, agency_id=to)
    raise InvalidError(f"to: there is no user or agency {to!r}")


def _resumed(moved: Task, now: datetime) -> Task:
    if moved.paused_at is None:
        return moved
    paused_seconds = moved.paused_seconds + (now - moved.paused_at).total_seconds()
    due = sla.deadlines(moved.created_at, sla.sla_policy(moved.category), paused_seconds=paused_seconds)
    return replace(
        moved,
        paused_at=None,
        paused_seconds=paused_seconds,
        acknowledge_by=due.acknowledge_at,
        first_action_by=due.first_action_at,
        resolve_by=due.resolve_at,
    )


def _line(held: Task, moved: Task, request: MoveRequest, *, now: datetime) -> TaskMove:
    return TaskMove(
        task_id=held.id,
        verb=request.verb,
        from_state=held.state,
        to_state=moved.state,
        actor=request.actor,
        note=request.note.strip(),
        media_id=request.photo_id,
        to_agency=moved.agency_id if moved.agency_id != held.agency_id else None,
        to_user=moved.assignee_id if moved.assignee_id != held.assignee_id else None,
        at=now,
    )


def _clock_line(held: Task, late: Task, *, now: datetime) -> TaskMove:
    if late.escalation > held.escalation:
        verb, note = "escalate", f"resolve clock: told {_ESCALATED_TO[late.escalation]}"
    else:
        verb, note = "overdue", f"a clock ran out: {_clock_that_ran_out(held, now)}"
    return TaskMove(
        task_id=held.id, verb=verb, from_state=held.state, to_state=held.state, actor=SYSTEM, note=note, at=now
    )


def _clock_that_ran_out(held: Task, now: datetime) -> str:
    if held.acknowledged_at is None and held.acknowledge_by < now:
        return "acknowledge"
    if held.first_action_at is None and held.first_action_by < now:
        return "first action"
    return "resolve"


def _move_incident(conn: Connection, incident: Incident, moved: Task, *, now: datetime) -> None:
    """An incident ends with its task and opens again with it."""
    ends = {TaskState.DISMISSED: "rejected", TaskState.RESOLVED: "closed", TaskState.VERIFIED: "closed"}
    wanted = ends.get(moved.state, "open")
    if incident.state not in (wanted, "merged"):
        incidents.set_state(conn, incident_id=incident.id, state=wanted, now=now)
        live.tell(conn, "incident", incident.id, now)
