"""Determines the area of work of a head: which area or agency it is, how it may be narrowed, and who can be assigned
there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from siaga_cloud.city.store import areas
from siaga_cloud.city.store import policy as db_policy
from siaga_cloud.city.store.policy import Team
from siaga_cloud.people.service.scope import EVERYWHERE
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ForbiddenError, NotFoundError
from siaga_cloud.tasks.service.routing import NEAREST
from siaga_cloud.tasks.store import heads as db
from siaga_cloud.tasks.store.heads import AreaRow, Roster
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.task import Verb

Kind = Literal["city", "area", "agency"]
_MOST_SENDABLE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Selects an area, an agency, an agency within an area, or (both None) everything."""

    area_id: str | None = None
    agency_id: str | None = None

    @property
    def kind(self) -> Kind:
        """Return the kind of the scope."""
        if self.agency_id is not None:
            return "agency"
        return "city" if self.area_id is None else "area"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDescription:
    """Describes an area of work by name. `path` leads to it, `below` are its parts, and `own` is where the head's own
    begins.
    """

    field: Scope
    name: str | None
    path: list[AreaRow]
    below: list[AreaRow]
    beside: list[AreaRow]
    agency_name: str | None
    categories: list[str]
    own: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignableOfficer:
    """Represents an officer who can be assigned. `distance_m` is the straight distance to the task; None where it is
    unknown.
    """

    officer: Roster
    distance_m: float | None


def own_field(person: Person) -> Scope:
    """Return what a person answers for; operators, leaders and administrators for the whole."""
    match person.role:
        case "area_head":
            return Scope(area_id=person.area_id)
        case "agency_head":
            return Scope(agency_id=person.agency_id)
        case _:
            return Scope()


def field_of(conn: Connection, person: Person, *, area_id: str | None, agency_id: str | None) -> Scope:
    """Return the area of work, narrowed as requested; raises ForbiddenError outside of the own one, NotFoundError for
    nothing.
    """
    own = own_field(person)
    if own.area_id is not None and area_id is not None and not db.is_within(conn, area_id, own.area_id):
        raise ForbiddenError("outside-scope", f"area: {area_id} does not lie in {own.area_id}")
    if own.agency_id is not None and agency_id not in (None, own.agency_id):
        raise ForbiddenError("outside-scope", f"agency: {agency_id} is not {own.agency_id}")
    if area_id is not None and not db.path(conn, area_id):
        raise NotFoundError(f"there is no area {area_id}", code="area_not_found")
    if agency_id is not None and db.agency_name(conn, agency_id) is None:
        raise NotFoundError(f"there is no agency {agency_id}", code="agency_not_found")
    return replace(own, area_id=area_id or own.area_id, agency_id=agency_id or own.agency_id)


def described(conn: Connection, person: Person, field: Scope) -> ScopeDescription:
    """Return the field in words, with what it can be narrowed to and compared with."""
    path = db.path(conn, field.area_id) if field.area_id else []
    agency = db.agency_name(conn, field.agency_id) if field.agency_id else None
    parent = path[1].id if len(path) > 1 else None
    return ScopeDescription(
        field=field,
        name=agency or (path[0].name if path else None),
        path=path,
        below=db.below(conn, field.area_id),
        beside=[one for one in db.below(conn, parent) if one.id != field.area_id] if parent else [],
        agency_name=agency,
        categories=db.categories_of(conn, field.agency_id) if field.agency_id else [],
        own=own_field(person),
    )


def roster(conn: Connection, person: Person, field: Scope, *, now: datetime) -> list[Roster]:
    """Return the officers of a field whom a person is in charge of; every look is on record. Leaders are in charge of
    none.
    """
    if person.role == "leader":
        return []
    found = db.roster(conn, area_id=field.area_id, agency_id=field.agency_id, now=now)
    _note_look(conn, person, found, field.agency_id or field.area_id or "all", now)
    return found


def sendable(
    conn: Connection, person: Person, task: TaskRow, *, now: datetime
) -> tuple[list[AssignableOfficer], list[Team]]:
    """Officers and teams who can be sent to a task by this person: on duty, free and near ones first."""
    own = own_field(person)
    agency = own.agency_id if own.area_id is None else None
    if own == Scope():
        agency = task.agency_id
    found = db.roster(conn, area_id=own.area_id, agency_id=agency, now=now, limit=_MOST_SENDABLE)
    _note_look(conn, person, found, f"task {task.number}", now)
    here = LatLon(task.lat, task.lon)
    ready = [AssignableOfficer(officer=one, distance_m=_distance(here, one)) for one in found]
    return sorted(ready, key=_readiness), _teams(conn, own, task)


def require_target(conn: Connection, person: Person, verb: Verb, to: str | None) -> None:
    """Raises ForbiddenError where a head would send somebody who is another's to send.

    A head of an area sends the crews of that area by name, and to agencies and their teams as a whole; a head of an
    agency sends its own people. Operators and administrators send anybody.
    """
    if verb is not Verb.ASSIGN or to in (None, NEAREST) or person.role in EVERYWHERE:
        return
    is_user, agency_id = areas.agency_of_user(conn, to)
    if person.role == "area_head":
        area_id = db.user_area(conn, to) if is_user else person.area_id
        if area_id is None or person.area_id is None or not db.is_within(conn, area_id, person.area_id):
            raise ForbiddenError("outside-scope", f"to: {to} is not of your area; send to the agency instead")
    elif person.role == "agency_head" and person.agency_id != (agency_id if is_user else _agency_of(conn, to)):
        raise ForbiddenError("outside-scope", f"to: {to} is of another agency; pass the task on instead (disposisi)")


def target_of(
    conn: Connection, person: Person, verb: Verb, to: str | None, task: TaskRow, *, now: datetime
) -> str | None:
    """Return whom a move goes to: as requested, but "nearest" of a head of an area is the nearest free of those whom it
    may send.

    These are the officers of the own area, of whatever agency; without any, it is left to the task's agency. Raises
    ForbiddenError as `require_target` does.
    """
    require_target(conn, person, verb, to)
    if verb is not Verb.ASSIGN or to != NEAREST or person.role != "area_head":
        return to
    ready, _ = sendable(conn, person, task, now=now)
    free = [one for one in ready if _is_free_and_near(one)]
    return free[0].officer.user_id if free else to


def _is_free_and_near(one: AssignableOfficer) -> bool:
    return one.officer.since is not None and one.officer.tasks == 0 and one.distance_m is not None


def _agency_of(conn: Connection, to: str) -> str | None:
    team = db_policy.team(conn, to)
    return team.agency_id if team else to


def _teams(conn: Connection, own: Scope, task: TaskRow) -> list[Team]:
    agency_id = own.agency_id or task.agency_id
    return db_policy.teams(conn, agency_id=agency_id) if agency_id else []


def _distance(here: LatLon, one: Roster) -> float | None:
    if one.lat is None or one.lon is None:
        return None
    return round(distance_m(here, LatLon(one.lat, one.lon)))


def _readiness(one: AssignableOfficer) -> tuple[bool, bool, float, str]:
    far = one.distance_m if one.distance_m is not None else float("inf")
    return one.officer.since is None, one.officer.tasks > 0, far, one.officer.name


def _note_look(conn: Connection, person: Person, found: Iterable[Roster], what: str, now: datetime) -> None:
    seen = [one.user_id for one in found if one.since is not None][:200]
    audit.record(
        conn, actor=person.id, action="look_at_officers", kind="officer_position", object_id=what,
        details={"officers": seen}, now=now,
    )  # fmt: skip
