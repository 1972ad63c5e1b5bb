"""Manages the deadlines of tasks: dates by policy, reminders, overdue marks and escalation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service.policy import CityPolicy
from siaga_cloud.notifications.service.notifications import Audience
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.service.notifications import OFFICES, notify_deadline, responsible, superiors
from siaga_cloud.tasks.store import tasks as db
from siaga_cloud.tasks.store import work as db_work
from siaga_cloud.tasks.store.tasks import TaskMove, TaskRow
from siaga_core.rules import sla
from siaga_core.rules.sla import Alarm, DeadlineEvent, Step
from siaga_core.rules.task import TaskState

SYSTEM = "system"


def with_deadlines(task: TaskRow, policy: CityPolicy) -> TaskRow:
    """Return the task with its deadlines computed by its policy."""
    own = policy.sla(task.category, task.severity)
    due = sla.deadlines(task.started_at, own, paused_seconds=task.paused_seconds, calendar=policy.calendar)
    return replace(
        task,
        acknowledge_by=due.acknowledge_at,
        first_action_by=due.first_action_at,
        resolve_by=due.resolve_at,
        remind_at_share=own.remind_at_share,
    )


def escalate_deadlines(task: TaskRow, policy: CityPolicy) -> TaskRow:
    """Return the task with the deadlines of its new severity, where these are earlier."""
    computed = with_deadlines(task, policy)
    return replace(
        computed,
        acknowledge_by=min(task.acknowledge_by, computed.acknowledge_by),
        first_action_by=min(task.first_action_by, computed.first_action_by),
        resolve_by=min(task.resolve_by, computed.resolve_by),
    )


def restarted(task: TaskRow, policy: CityPolicy, *, now: datetime) -> TaskRow:
    """Return a finished task that is open again: its deadlines begin anew, what was acknowledged stays so."""
    fresh = replace(
        task,
        started_at=now,
        deadline_round=task.deadline_round + 1,
        paused_seconds=0.0,
        escalation=0,
        overdue_since=None,
        deadlines_paused=False,
    )
    return with_deadlines(fresh, policy)


def resumed(task: TaskRow, policy: CityPolicy, since: datetime, *, now: datetime) -> TaskRow:
    """Return a task whose deadlines stood still since then: its deadlines move back by as much of their own time."""
    own = policy.sla(task.category, task.severity)
    lost = sla.elapsed_seconds(max(since, task.started_at), now, own, policy.calendar)
    return with_deadlines(replace(task, paused_seconds=task.paused_seconds + max(0.0, lost)), policy)


def with_next(conn: Connection, task: TaskRow, policy: CityPolicy) -> TaskRow:
    """Return the task with the moment at which its deadlines must be looked at next."""
    if task.finished_at is not None or task.deadlines_paused or task.state is TaskState.FOLLOWING:
        return replace(task, next_deadline_at=None)
    done = db_work.deadline_names(conn, task.id, task.deadline_round)
    ahead = [event.at for event in _events(task, policy) if event.name not in done]
    return replace(task, next_deadline_at=min(ahead, default=None))


def check_deadlines(conn: Connection, *, now: datetime, limit: int = 200) -> int:
    """Send reminders, mark overdue tasks and escalate, each once; return how many tasks changed.

    What a deadline does is on record in the same transaction as its notifications, so that a worker that dies in
    between has done neither.
    """
    changed = 0
    for held in db.due_for_check(conn, now=now, limit=limit):
        policy = policies.of_task(conn, held.policy_id)
        overdue = with_next(conn, _run(conn, held, policy, now=now), policy)
        db.save(conn, overdue, now=now)
        if (overdue.overdue_since, overdue.escalation) != (held.overdue_since, held.escalation):
            live.announce(conn, "task", held.id, now)
            changed += 1
    return changed


def _events(task: TaskRow, policy: CityPolicy) -> tuple[DeadlineEvent, ...]:
    done = set[Step]()
    if task.acknowledged_at is not None:
        done.add(Step.ACKNOWLEDGE)
    if task.first_action_at is not None:
        done |= {Step.ACKNOWLEDGE, Step.FIRST_ACTION}
    own = policy.sla(task.category, task.severity)
    return sla.deadline_events(
        task.started_at, own, done=frozenset(done), paused_seconds=task.paused_seconds, calendar=policy.calendar
    )


def _run(conn: Connection, held: TaskRow, policy: CityPolicy, *, now: datetime) -> TaskRow:
    known = db_work.deadline_names(conn, held.id, held.deadline_round)
    due = [event for event in _events(held, policy) if event.at <= now and event.name not in known]
    overdue_steps = {event.step for event in due if event.alarm is Alarm.OVERDUE}
    task = held
    for event in due:
        if not db_work.record_deadline_event(conn, held.id, held.deadline_round, event.name, due_at=event.at, now=now):
            continue
        # After an outage of the worker: nobody needs a reminder of what is overdue already.
        if event.alarm is not Alarm.REMIND or event.step not in overdue_steps:
            task = _apply_event(conn, task, event, now=now)
    return task


def _apply_event(conn: Connection, task: TaskRow, event: DeadlineEvent, *, now: datetime) -> TaskRow:
    match event.alarm:
        case Alarm.REMIND:
            notify_deadline(conn, task, event, responsible(conn, task), now=now)
            return task
        case Alarm.OVERDUE:
            notify_deadline(conn, task, event, responsible(conn, task), now=now)
            return _overdue(conn, task, event, now=now)
        case Alarm.ESCALATE:
            people = superiors(conn, task, event.level)
            notify_deadline(conn, task, event, [Audience.user(person) for person in people], now=now)
            office, _ = OFFICES[event.level]
            named = f" ({', '.join(people)})" if people else ", but nobody holds that office"
            _note(conn, task, "escalate", f"resolve clock: told {office}{named}", now=now)
            return replace(task, escalation=max(task.escalation, event.level))


def _overdue(conn: Connection, task: TaskRow, event: DeadlineEvent, *, now: datetime) -> TaskRow:
    if task.overdue_since is not None:
        return task
    # The end of the resolve deadline is on the trail as the first step of escalation.
    if event.step is not Step.RESOLVE:
        _note(conn, task, "overdue", f"a clock ran out: {event.step.replace('_', ' ')}", now=now)
    return replace(task, overdue_since=now)


def _note(conn: Connection, task: TaskRow, verb: str, note: str, *, now: datetime) -> None:
    line = TaskMove(
        task_id=task.id, verb=verb, from_state=task.state, to_state=task.state, actor=SYSTEM, note=note, at=now
    )
    db.note_move(conn, line)
