"""Routes a task to the officers of the kelurahan, the agency of the category, an officer or a team, and from one to the
next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga_cloud.city.service.policy import CityPolicy
from siaga_cloud.city.store import areas
from siaga_cloud.city.store import policy as db_policy
from siaga_cloud.notifications.service.notifications import Audience
from siaga_cloud.people.service import positions
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_cloud.tasks.service.notifications import announce
from siaga_cloud.tasks.store import work as db_work
from siaga_cloud.tasks.store.tasks import TaskRow
from siaga_cloud.tasks.store.work import Handover
from siaga_core.rules import policy as rules
from siaga_core.rules.task import Verb

NEAREST = "nearest"


def agency_for(conn: Connection, policy: CityPolicy, *, category: str, area_id: str | None) -> str | None:
    """Return where a new task goes: to the crew of its kelurahan, else to the agency of its category there."""
    crew = policy.routing.crew_agency
    has_crew = crew is not None and area_id is not None and db_work.has_crew(conn, agency_id=crew, area_id=area_id)
    found = areas.agency_for(conn, category=category, area_id=area_id)
    return rules.first_agency(policy.routing, category=category, area_has_crew=has_crew, agency_of_category=found)


def assigned(conn: Connection, task: TaskRow, to: str, *, now: datetime) -> TaskRow:
    """Return the task in the hands of a user, an agency, a team, or the nearest officer who is on duty and free."""
    if to == NEAREST:
        to = _nearest(conn, task, now=now)
    is_user, agency_id = areas.agency_of_user(conn, to)
    if is_user:
        return replace(task, assignee_id=to, team_id=None, agency_id=agency_id or task.agency_id)
    if areas.is_agency(conn, to):
        return replace(task, assignee_id=None, team_id=None, agency_id=to)
    team = db_policy.team(conn, to)
    if team is not None:
        return replace(task, assignee_id=None, team_id=team.id, agency_id=team.agency_id)
    raise InvalidError(f"to: there is no user or agency {to!r}, and no team", code="target_unknown")


def handed_over(
    conn: Connection, task: TaskRow, verb: Verb, *, to: str, actor: str, note: str, now: datetime
) -> TaskRow:
    """Return the task after koordinasi, disposisi or not_mine; the chain is on record."""
    if not areas.is_agency(conn, to):
        raise InvalidError(f"to: got {to!r}, expected an agency", code="target_not_agency")
    if to == task.agency_id:
        raise ConflictError(f"the task is with {to} already", code="already_assigned")
    link = Handover(kind=str(verb), from_agency=task.agency_id, to_agency=to, actor=actor, note=note, at=now)
    db_work.note_handover(conn, task.id, link)
    if verb is Verb.KOORDINASI:
        db_work.add_party(conn, task.id, to, now=now)
        fact = f"{verb}/{now.isoformat()}"
        announce(conn, task, [Audience.agency(to)], "task_koordinasi", fact=fact, now=now, note=note)
        return task
    hops = task.hops + 1 if verb is Verb.NOT_MINE else task.hops
    return replace(task, agency_id=to, assignee_id=None, team_id=None, hops=hops)


def _nearest(conn: Connection, task: TaskRow, *, now: datetime) -> str:
    place = db_work.facts(conn, task.id)
    found = positions.nearest_free(conn, place.lat, place.lon, task.agency_id, limit=1, now=now)
    if not found:
        raise ConflictError(
            "nobody of the agency is on duty, free, and has said where they are", code="no_officer_nearby"
        )
    return found[0].user_id
