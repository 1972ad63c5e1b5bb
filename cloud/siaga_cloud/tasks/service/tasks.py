"""Creates tasks by policy, routes them by category and area, applies the moves of people and checks the deadlines."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.policy import CityPolicy
from siaga_cloud.city.store import areas
from siaga_cloud.incidents.service import matching as incident_matching
from siaga_cloud.incidents.service import reliability
from siaga_cloud.incidents.store import incidents
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.notifications.service.notifications import Audience
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.platform.observe import journey
from siaga_cloud.tasks.service import completion, deadlines
from siaga_cloud.tasks.service import (
    following as task_following,
)
from siaga_cloud.tasks.service import (
    notifications as task_notifications,
)
from siaga_cloud.tasks.service import (
    routing as task_routing,
)
from siaga_cloud.tasks.service.deadlines import SYSTEM, check_deadlines
from siaga_cloud.tasks.service.following import follow, unfollow
from siaga_cloud.tasks.store import tasks as db
from siaga_cloud.tasks.store.tasks import TaskMove, TaskRow
from siaga_core.rules import policy as policy_rules
from siaga_core.rules import task as rules
from siaga_core.rules.policy import Action, Decision
from siaga_core.rules.task import BY_ITSELF, FINISHED, NEEDS_PHOTO, NEEDS_REASON, NEEDS_TARGET, TaskState, Verb
from siaga_core.wire.ids import uuid7

__all__ = ["SYSTEM", "MoveRequest", "check_deadlines", "dispute", "follow", "move", "sync_task", "unfollow"]

log = logging.getLogger(__name__)

_HANDOVERS = frozenset({Verb.KOORDINASI, Verb.DISPOSISI, Verb.NOT_MINE})
_ENDS = {TaskState.DISMISSED: "rejected", TaskState.RESOLVED: "closed", TaskState.VERIFIED: "closed"}
_STATE_OF = {Action.REVIEW: TaskState.REVIEW, Action.TASK: TaskState.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """Describes a requested move. `to` is a user, an agency, a team or "nearest" for an assignment, and an agency for a
    handover. `reason` is one of the policy's reasons for a pause.
    """

    verb: Verb
    actor: str
    note: str = ""
    photo_id: UUID | None = None
    to: str | None = None
    reason: str | None = None


def sync_task(conn: Connection, incident: IncidentRow, *, caused_at: datetime, now: datetime) -> UUID | None:
    """Gives an incident the task that its confidence calls for, or raises the one under way; its id, if any."""
    policy = policies.current(conn)
    wanted = _wanted(conn, policy, incident, now=now)
    held = db.unfinished(conn, incident.id)
    if held is not None:
        return _raise(conn, held, wanted, incident, now=now)
    if wanted.action is Action.IGNORE or incident.over_at is not None:
        return None  # nothing is sent to what is over already
    return _create(conn, incident, wanted, policy, caused_at=caused_at, now=now)


def called_for(conn: Connection, waiting: Iterable[IncidentRow], *, now: datetime) -> list[UUID]:
    """Of incidents without a task, or with one in review, those that call for more by the policy of this hour."""
    policy = policies.current(conn)
    reviewed = db.in_review(conn)
    wanted = ((one.id, _wanted(conn, policy, one, now=now).action) for one in waiting)
    return [one for one, action in wanted if action is Action.TASK or (action is Action.REVIEW and one not in reviewed)]


def move(conn: Connection, task_id: UUID, request: MoveRequest, *, now: datetime) -> TaskRow:
    """Moves a task by the rule table and notes it in the audit trail; returns the task as it stands then.

    Raises NotFoundError, InvalidError (reason, photo or `to` missing or wrong), ConflictError (the incident has
    another task under way, or who did the work would verify it) and siaga_core.rules.task.IllegalMoveError.
    """
    incident_id = db.incident_of(conn, task_id)
    # The incident's lock before the task's, as everywhere: a signal that comes at this moment takes both, too.
    incident = incidents.get(conn, incident_id) if incident_id else None
    held = db.get(conn, task_id)
    if incident is None or held is None:
        raise NotFoundError(f"there is no task {task_id}", code="task_not_found")
    state = rules.move(held.state, request.verb)
    policy = policies.of_task(conn, held.policy_id)
    _check(conn, held, request)
    moved = deadlines.with_next(conn, _after(conn, held, request, state, policy, now=now), policy)
    if held.finished_at is not None and moved.finished_at is None and db.unfinished(conn, held.incident_id):
        raise ConflictError("the incident has another task under way; move that one", code="other_task_active")
    db.save(conn, moved, now=now)
    db.note_move(conn, _line(held, moved, request, now=now))
    if request.verb is Verb.RESOLVE:
        jobs.defer_proof(conn, task_id)
    moved = _referred(conn, held, moved, request, policy, now=now)
    _notify_moved(conn, incident, held, moved, request, now=now)
    return moved


def dispute(conn: Connection, task_id: UUID, *, by: str, note: str, resolved_at: datetime, now: datetime) -> None:
    """Records that a witness contradicts work that was reported as done, once; nothing where it is not as it was
    then.
    """
    held = db.get(conn, task_id)
    if held is None or held.state is not TaskState.RESOLVED or held.finished_at != resolved_at:
        return
    if held.disputed_by == by:
        return
    db.save(conn, replace(held, disputed_by=by, disputed_at=now), now=now)
    db.note_move(
        conn,
        TaskMove(
            task_id=held.id, verb="dispute", from_state=held.state, to_state=held.state, actor=by, note=note, at=now
        ),
    )
    live.announce(conn, "task", held.id, now)


def _wanted(conn: Connection, policy: CityPolicy, incident: IncidentRow, *, now: datetime) -> Decision:
    """What the policy says; an operator looks first at what only cameras below their floor call a task."""
    decision = _decided(policy, incident, incident.confidence, now=now)
    suspended = accuracy.suspended_sources(conn, incident.category) if decision.action is Action.TASK else frozenset()
    if not suspended:
        return decision
    confidence = incident_matching.confidence_without(conn, incident.id, suspended)
    if _decided(policy, incident, confidence, now=now).action is Action.TASK:
        return decision
    return replace(decision, action=Action.REVIEW)


def _decided(policy: CityPolicy, incident: IncidentRow, confidence: float, *, now: datetime) -> Decision:
    return policy_rules.decide(
        policy.rules,
        category=incident.category,
        confidence=confidence,
        severity=incident.severity,
        at=now,
        zone=policy.zone,
    )


def _create(
    conn: Connection, incident: IncidentRow, wanted: Decision, policy: CityPolicy, *, caused_at: datetime, now: datetime
) -> UUID:
    agency_id = task_routing.agency_for(conn, policy, category=incident.category, area_id=incident.area_id)
    bare = TaskRow(
        id=uuid7(now),
        incident_id=incident.id,
        category=incident.category,
        state=_STATE_OF[wanted.action],
        priority=wanted.priority,
        severity=incident.severity,
        agency_id=agency_id,
        area_id=incident.area_id,
        assignee_id=None,
        caused_at=caused_at,
        created_at=now,
        started_at=now,
        acknowledge_by=now,
        first_action_by=now,
        resolve_by=now,
        policy_id=policy.id,
    )
    task = deadlines.with_next(conn, deadlines.with_deadlines(bare, policy), policy)
    with journey.within("task", str(task.id), task=str(task.id), incident=str(incident.id), state=str(task.state)):
        _begin(conn, task, incident, wanted, now=now)
    return task.id


def _begin(conn: Connection, task: TaskRow, incident: IncidentRow, wanted: Decision, *, now: datetime) -> None:
    db.create(conn, task)
    why = f"rule {wanted.rule}: confidence {incident.confidence:.2f}, severity {incident.severity}"
    db.note_move(
        conn,
        TaskMove(
            task_id=task.id, verb="create", from_state=None, to_state=task.state, actor=SYSTEM, note=why, at=now,
            to_agency=task.agency_id,
        ),
    )  # fmt: skip
    task_notifications.notify_created(conn, task, now=now)
    live.announce(conn, "task", task.id, task.caused_at)
    log.info("task created", extra={"task": task.id, "incident": incident.id, "state": str(task.state)})


def _raise(conn: Connection, held: TaskRow, wanted: Decision, incident: IncidentRow, *, now: datetime) -> UUID:
    """More evidence turns a review into a task and may make it more urgent; nothing is ever lowered by itself."""
    if wanted.action is Action.IGNORE:
        return held.id
    # One that agencies passed round waits for an operator, not for evidence.
    surer = held.state is TaskState.REVIEW and wanted.action is Action.TASK and held.hops == 0
    raised = replace(
        held,
        state=rules.move(held.state, Verb.CONFIRM) if surer else held.state,
        priority=min(held.priority, wanted.priority),
        severity=incident.severity if wanted.priority < held.priority else held.severity,
    )
    if raised == held:
        return held.id
    policy = policies.of_task(conn, held.policy_id)
    if raised.severity != held.severity:
        raised = deadlines.escalate_deadlines(raised, policy)
    raised = deadlines.with_next(conn, raised, policy)
    db.save(conn, raised, now=now)
    verb = Verb.CONFIRM if surer else "raise"
    note = f"confidence {incident.confidence:.2f}, severity {raised.severity}, priority {raised.priority}"
    db.note_move(
        conn,
        TaskMove(
            task_id=held.id, verb=verb, from_state=held.state, to_state=raised.state, actor=SYSTEM, note=note, at=now
        ),
    )
    if surer:
        task_notifications.notify_moved(conn, held, raised, Verb.CONFIRM, actor=SYSTEM, note="", now=now)
    live.announce(conn, "task", held.id, now)
    return held.id


def _check(conn: Connection, held: TaskRow, request: MoveRequest) -> None:
    if request.verb in BY_ITSELF:
        raise InvalidError(f"verb: {request.verb} happens by itself", code="move_is_automatic")
    if request.verb in NEEDS_REASON and not request.note.strip():
        raise InvalidError(f"note: {request.verb} needs a reason", code="note_required")
    if request.verb in NEEDS_PHOTO and request.photo_id is None:
        raise InvalidError(f"photo_id: {request.verb} needs a photo", code="photo_required")
    if request.photo_id is not None and not db.has_photo(conn, held.id, request.photo_id):
        raise InvalidError(f"photo_id: {request.photo_id} was not uploaded for this task", code="photo_of_other_task")
    if request.verb in NEEDS_TARGET and not request.to:
        expected = "a user, an agency, a team or nearest" if request.verb is Verb.ASSIGN else "an agency"
        raise InvalidError(f"to: {request.verb} needs {expected}", code="target_required")


def _after(
    conn: Connection, held: TaskRow, request: MoveRequest, state: TaskState, policy: CityPolicy, *, now: datetime
) -> TaskRow:
    moved = replace(held, state=state, finished_at=_finished_at(held, state, now))
    if held.state is TaskState.PAUSED and state is not TaskState.PAUSED:
        moved = _resumed(held, moved, policy, now=now)
    if held.finished_at is not None and moved.finished_at is None:
        moved = deadlines.restarted(moved, policy, now=now)
    if request.verb in _HANDOVERS:
        given = task_routing.handed_over(
            conn, moved, request.verb, to=request.to or "", actor=request.actor, note=request.note.strip(), now=now
        )
        return replace(given, hops=0) if held.state is TaskState.REVIEW else given
    return _worked_on(conn, held, moved, request, policy, now=now)


def _worked_on(
    conn: Connection, held: TaskRow, moved: TaskRow, request: MoveRequest, policy: CityPolicy, *, now: datetime
) -> TaskRow:
    match request.verb:
        case Verb.CONFIRM:
            return replace(moved, hops=0)
        case Verb.ASSIGN:
            return task_routing.assigned(conn, moved, request.to or "", now=now)
        case Verb.ACCEPT:
            is_user, _ = areas.agency_of_user(conn, request.actor)
            assignee = request.actor if is_user else held.assignee_id
            return replace(moved, assignee_id=assignee, acknowledged_at=held.acknowledged_at or now)
        case Verb.ARRIVE:
            return replace(moved, first_action_at=held.first_action_at or now)
        case Verb.RESOLVE:
            done = replace(moved, proof_media_id=request.photo_id, first_action_at=held.first_action_at or now)
            return completion.reported(done)
        case Verb.VERIFY:
            return completion.verified(conn, moved, actor=request.actor)
        case Verb.REOPEN:
            disputed = completion.reopened(conn, held, moved, actor=request.actor, now=now)
            return replace(disputed, assignee_id=None, team_id=None, overdue_since=None)
        case Verb.DECLINE:
            return replace(moved, assignee_id=None, team_id=None, overdue_since=None)
        case Verb.PAUSE:
            return replace(moved, paused_at=now, deadlines_paused=policy.pauses.stops(request.reason))
        case _:
            return moved


def _resumed(held: TaskRow, moved: TaskRow, policy: CityPolicy, *, now: datetime) -> TaskRow:
    """The pause is over, by whatever verb; the deadlines lose the time only if they stood still."""
    running = replace(moved, paused_at=None, deadlines_paused=False)
    if held.paused_at is None or not held.deadlines_paused:
        return running
    return deadlines.resumed(running, policy, held.paused_at, now=now)


def _referred(
    conn: Connection, held: TaskRow, moved: TaskRow, request: MoveRequest, policy: CityPolicy, *, now: datetime
) -> TaskRow:
    """A task that agencies pass round goes to the operators, who say whose it is."""
    if request.verb is not Verb.NOT_MINE or not policy_rules.is_passed_round(policy.routing, moved.hops):
        return moved
    stopped = replace(moved, state=rules.move(moved.state, Verb.REFER), agency_id=held.agency_id)
    db.save(conn, stopped, now=now)
    db.note_move(
        conn,
        TaskMove(
            task_id=held.id, verb=Verb.REFER, from_state=moved.state, to_state=stopped.state, actor=SYSTEM, at=now,
            note=f"passed on {moved.hops} times, the last time to {request.to}", to_agency=held.agency_id,
        ),
    )  # fmt: skip
    fact = f"refer/{now.isoformat()}"
    audiences = [Audience.role("operator")]
    task_notifications.announce(conn, stopped, audiences, "task_refer", fact=fact, now=now, priority=2)
    return stopped


def _notify_moved(
    conn: Connection, incident: IncidentRow, held: TaskRow, moved: TaskRow, request: MoveRequest, *, now: datetime
) -> None:
    if moved.state is not TaskState.REVIEW:
        note = request.note.strip()
        task_notifications.notify_moved(conn, held, moved, request.verb, actor=request.actor, note=note, now=now)
    task_following.pass_on(conn, moved, request.verb, now=now)
    _move_incident(conn, incident, moved, now=now)
    live.announce(conn, "task", moved.id, now)


def _finished_at(held: TaskRow, state: TaskState, now: datetime) -> datetime | None:
    return (held.finished_at or now) if state in FINISHED else None


def _line(held: TaskRow, moved: TaskRow, request: MoveRequest, *, now: datetime) -> TaskMove:
    note = request.note.strip()
    if request.verb is Verb.PAUSE:
        pause_note = "clock stopped" if moved.deadlines_paused else "clock runs on"
        note = f"{note} ({request.reason + ', ' if request.reason else ''}{pause_note})"
    if request.verb in _HANDOVERS:
        note = f"{request.to}: {note}"
    return TaskMove(
        task_id=held.id,
        verb=request.verb,
        from_state=held.state,
        to_state=moved.state,
        actor=request.actor,
        note=note[:2000],
        media_id=request.photo_id,
        to_agency=moved.agency_id if moved.agency_id != held.agency_id else None,
        to_user=moved.assignee_id if moved.assignee_id != held.assignee_id else None,
        at=now,
    )


def _move_incident(conn: Connection, incident: IncidentRow, moved: TaskRow, *, now: datetime) -> None:
    """An incident ends with its task and opens again with it."""
    wanted = _ENDS.get(moved.state, "open")
    if moved.state is TaskState.RESOLVED and moved.severity == "severe":
        wanted = "open"  # a photo alone does not close what is severe
    reliability.learn_from_task(conn, incident, moved.id, completion.taught_state(moved), now=now)
    if incident.state not in (wanted, "merged"):
        incidents.set_state(conn, incident_id=incident.id, state=wanted, now=now)
        live.announce(conn, "incident", incident.id, now)
