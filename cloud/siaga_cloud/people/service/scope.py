"""Decides what a person may see and do. Services check it, and row-level security in the database checks it a second
time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from siaga_cloud.platform.db import callers
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ForbiddenError
from siaga_core.rules.task import Verb

EVERYWHERE: Final = frozenset({"operator", "leader", "admin"})
_OF_AN_AGENCY: Final = frozenset({"officer", "agency_head"})
_FIELD_WORK = frozenset({Verb.ACCEPT, Verb.DECLINE, Verb.ARRIVE, Verb.PAUSE, Verb.RESUME, Verb.RESOLVE, Verb.NOT_MINE})
_DISPATCH = frozenset(
    {Verb.CONFIRM, Verb.ASSIGN, Verb.VERIFY, Verb.REOPEN, Verb.DISMISS, Verb.KOORDINASI, Verb.DISPOSISI}
)

# Officers do the work and do not judge it; heads send and judge; leaders watch.
VERBS: Final[Mapping[str, frozenset[Verb]]] = {
    "officer": _FIELD_WORK,
    "area_head": _FIELD_WORK | _DISPATCH,
    "agency_head": _FIELD_WORK | _DISPATCH,
    "operator": _FIELD_WORK | _DISPATCH,
    "admin": _FIELD_WORK | _DISPATCH,
    "leader": frozenset(),
}


class ScopedObject(Protocol):
    """Represents what belongs to an area and an agency: tasks and incidents."""

    @property
    def area_path(self) -> list[str]:
        """Return the area and its ancestors."""
        ...

    @property
    def agency_id(self) -> str | None:
        """Return who acts on it."""
        ...


class ScopedTask(ScopedObject, Protocol):
    """Represents a task as far as its scope is concerned."""

    @property
    def number(self) -> int:
        """Return what people call it."""
        ...


def is_in_scope(person: Person | None, thing: ScopedObject) -> bool:
    """Return whether a person may see a thing whole: everything, that of the own agency, or that of the own area."""
    if person is None:
        return False
    if person.role in EVERYWHERE:
        return True
    if person.role == "area_head":
        return person.area_id in thing.area_path
    if person.role not in _OF_AN_AGENCY:
        return False
    if getattr(thing, "assignee_id", None) == person.id:
        return True
    if person.agency_id is None:
        return False
    return person.agency_id == thing.agency_id or _has_joined(person, thing)


def _has_joined(person: Person, thing: ScopedObject) -> bool:
    """Return whether the agency was added (koordinasi): it sees the task and writes notes, but does not own it."""
    return person.agency_id in getattr(thing, "party_ids", ())


def require_move(person: Person, task: ScopedTask, verb: Verb) -> None:
    """Raises ForbiddenError where a person may not do this to this task."""
    if not is_in_scope(person, task):
        raise ForbiddenError("outside-scope", f"task {task.number} belongs to another agency or area")
    is_own = task.agency_id == person.agency_id or getattr(task, "assignee_id", None) == person.id
    if person.role in _OF_AN_AGENCY and not is_own:
        raise ForbiddenError("outside-scope", f"task {task.number} stays with the agency that asked yours to join")
    if verb not in VERBS.get(person.role, frozenset()):
        allowed = ", ".join(sorted(VERBS.get(person.role, ()))) or "nothing"
        raise ForbiddenError("wrong-role", f"{person.role} may: {allowed}")


def act_for(conn: Connection, person: Person | None, *, writes: bool) -> None:
    """From here on this transaction sees what the person may see; None is the public.

    `writes`: the service checks what may be changed, so the work itself may touch rows of others (hand-over, merge).
    """
    callers.act_for(conn, person, writes=writes)
