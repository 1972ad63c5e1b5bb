"""Decides who is notified of what about a task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.store import policy as db_policy
from siaga_cloud.notifications.service.notifications import Audience, Subject, notify
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.store import work as db
from siaga_cloud.tasks.store.tasks import TaskRow
from siaga_core.rules.sla import DeadlineEvent
from siaga_core.rules.task import TaskState, Verb

# level of escalation -> (who it is by their office, level of the area whose head it is)
OFFICES = {1: ("lurah", "kelurahan"), 2: ("camat", "kecamatan"), 3: ("walikota and head of the agency", "city")}


def body_of(conn: Connection, task: TaskRow, **more: Any) -> dict[str, Any]:
    """Return what the texts say of a task."""
    facts = db.facts(conn, task.id)
    return {
        "number": facts.number,
        "incident": facts.incident_number,
        "category": task.category,
        "area": facts.area_name,
        "agency": facts.agency_name,
        **more,
    }


def announce(
    conn: Connection,
    task: TaskRow,
    to: Iterable[Audience],
    kind: str,
    *,
    fact: str,
    now: datetime,
    priority: int | None = None,
    **more: Any,
) -> None:
    """Notify the audiences of a task; `fact` names what happened, so that it is sent once."""
    body = body_of(conn, task, **more)
    for audience in to:
        notify(
            conn,
            to=audience,
            kind=kind,
            subject=Subject(kind="task", id=str(task.id)),
            dedupe=f"task/{task.id}/{fact}",
            body=body,
            now=now,
            priority=priority or task.priority,
            category=task.category,
            area_id=task.area_id,
        )


def notify_created(conn: Connection, task: TaskRow, *, now: datetime) -> None:
    """Notify the agency and the kelurahan's head of a new task, and operators where it waits for them."""
    if task.state is TaskState.REVIEW:
        announce(conn, task, [Audience.role("operator")], "task_review", fact="new", now=now)
        return
    to = [Audience.agency(task.agency_id)] if task.agency_id else [Audience.role("operator")]
    to += [Audience.user(head) for head in db.heads_of_area(conn, area_id=task.area_id, level="kelurahan")]
    announce(conn, task, to, "task_new", fact="new", now=now)
    notify_reporters(conn, task, "report_task", fact="made", now=now)


def notify_moved(
    conn: Connection, held: TaskRow, moved: TaskRow, verb: Verb, *, actor: str, note: str, now: datetime
) -> None:
    """Notify the others of a move."""
    at = now.isoformat()
    match verb:
        case Verb.CONFIRM:
            notify_created(conn, moved, now=now)
        case Verb.ASSIGN:
            to = [one for one in responsible(conn, moved) if one != Audience.user(actor)]
            announce(conn, moved, to, "task_assigned", fact=f"assign/{at}", now=now)
        case Verb.DISPOSISI | Verb.NOT_MINE if moved.agency_id and moved.agency_id != held.agency_id:
            kind = f"task_{verb}"
            announce(conn, moved, [Audience.agency(moved.agency_id)], kind, fact=f"{verb}/{at}", now=now, note=note)
        case Verb.REOPEN:
            announce(conn, moved, responsible(conn, moved), "task_reopened", fact=f"{verb}/{at}", now=now, note=note)
            notify_reporters(conn, moved, "report_reopened", fact=f"{verb}/{at}", now=now, graded=moved)
        case Verb.RESOLVE:
            notify_reporters(conn, moved, "report_resolved", fact=f"{verb}/{at}", now=now)
        case Verb.VERIFY:
            notify_reporters(conn, moved, "report_verified", fact=f"{verb}/{at}", now=now, graded=moved)
        case Verb.DISMISS:
            notify_reporters(conn, moved, "report_dismissed", fact=f"{verb}/{at}", now=now)


def responsible(conn: Connection, task: TaskRow) -> list[Audience]:
    """Who has a task in hand: the officer, else the team, else the agency, else the operators."""
    if task.assignee_id:
        return [Audience.user(task.assignee_id)]
    team = db_policy.team(conn, task.team_id) if task.team_id else None
    if team is not None and team.members:
        return [Audience.user(member) for member in team.members]
    return [Audience.agency(task.agency_id)] if task.agency_id else [Audience.role("operator")]


def notify_reporters(
    conn: Connection,
    task: TaskRow,
    kind: str,
    *,
    fact: str,
    now: datetime,
    incident_id: UUID | None = None,
    graded: TaskRow | None = None,
    **more: Any,
) -> int:
    """Everyone who reported the incident, or one that was merged into it; how many reports. `graded`: the task whose
    witness is named. `more` replaces facts.
    """
    wanted = incident_id or task.incident_id
    reports = db.reports_of(conn, wanted)
    if not reports:
        return 0
    body = body_of(conn, task, **_witness(conn, graded), **more)
    for report_id in reports:
        notify(
            conn,
            to=Audience.reporter(report_id),
            kind=kind,
            subject=Subject(kind="report", id=str(report_id)),
            dedupe=f"task/{task.id}/{fact}/{kind}",
            body=body,
            now=now,
            priority=4,
            category=task.category,
            area_id=task.area_id,
        )
    return len(reports)


def _witness(conn: Connection, graded: TaskRow | None) -> dict[str, str | None]:
    """Return who confirmed or disputed the work; nothing where nobody did."""
    witness = (graded.verified_by or graded.disputed_by) if graded is not None else None
    return {} if witness is None else {"witness": witness, "witness_name": db.sensor_name(conn, witness)}


def superiors(conn: Connection, task: TaskRow, level: int) -> list[str]:
    """Return the people whom a step of escalation reaches; where an office is empty, the next one up, then the
    operators.
    """
    for wanted in range(level, 4):
        _, area_level = OFFICES[wanted]
        found = db.heads_of_area(conn, area_id=task.area_id, level=area_level)
        if wanted == max(OFFICES) and task.agency_id:
            found += db.people(conn, role="agency_head", agency_id=task.agency_id)
        if found:
            return sorted(set(found))
    return db.people(conn, role="operator")


def notify_deadline(
    conn: Connection, task: TaskRow, event: DeadlineEvent, to: Iterable[Audience], *, now: datetime
) -> None:
    """A deadline reminds, is overdue, or escalates."""
    due = task.deadlines.of(event.step)
    kind = {"remind": "task_remind", "overdue": "task_overdue", "escalate": "task_escalated"}[event.alarm]
    # The higher it climbs, the more it matters; a reminder is as urgent as its task.
    priority = max(1, task.priority - event.level)
    announce(
        conn,
        task,
        to,
        kind,
        fact=f"clock/{task.deadline_round}/{event.name}",
        now=now,
        priority=priority,
        step=str(event.step),
        level=event.level,
        due=due.isoformat(timespec="minutes"),
        zone=str(policies.current(conn).zone),
    )
