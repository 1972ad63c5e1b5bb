"""Who is asking, and what that role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Protocol

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from siaga_cloud.db import read_people
from siaga_cloud.db.read_people import Person
from siaga_cloud.db.read_tasks import Task
from siaga_cloud.http.parts import PartsOf
from siaga_cloud.http.problem import Problem
from siaga_core.rules.task import Verb

_MAX_TOKEN = 200
_bearer = HTTPBearer(auto_error=False, description="A token of `siaga-cloud admin token USER`; citizens need none.")

EVERYWHERE: Final = frozenset({"operator", "leader", "admin"})
_FIELD_WORK = frozenset({Verb.ACCEPT, Verb.DECLINE, Verb.ARRIVE, Verb.PAUSE, Verb.RESUME, Verb.RESOLVE})
_DISPATCH = frozenset({Verb.CONFIRM, Verb.ASSIGN, Verb.VERIFY, Verb.REOPEN, Verb.DISMISS})

# Officers do the work and do not judge it; heads send and judge; leaders watch.
VERBS: Final[Mapping[str, frozenset[Verb]]] = {
    "officer": _FIELD_WORK,
    "area_head": _FIELD_WORK | _DISPATCH,
    "agency_head": _FIELD_WORK | _DISPATCH,
    "operator": _FIELD_WORK | _DISPATCH,
    "admin": _FIELD_WORK | _DISPATCH,
    "leader": frozenset(),
}


def _who(
    parts: PartsOf, sent: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None
) -> Person | None:
    if sent is None:
        return None
    with parts.database.transaction() as conn:
        person = read_people.by_token(conn, read_people.token_hash(sent.credentials[:_MAX_TOKEN]))
    if person is None:
        raise Problem(401, "bad-token", "The token is not known", "it was replaced, or its owner was disabled")
    return person


Caller = Annotated[Person | None, Depends(_who)]


def require(*roles: str) -> Callable[[Person | None], Person]:
    """A dependency that lets only these roles pass: 401 without a token, 403 with another role."""

    def check(caller: Caller) -> Person:
        if caller is None:
            raise Problem(401, "no-token", "A token is needed", f"for one of the roles: {', '.join(roles)}")
        if caller.role not in roles:
            raise Problem(403, "wrong-role", "This role may not do that", f"{caller.role}: expected {', '.join(roles)}")
        return caller

    return check


class Scoped(Protocol):
    """What belongs to an area and an agency: tasks and incidents."""

    @property
    def area_path(self) -> list[str]:
        """The area and its ancestors."""
        ...

    @property
    def agency_id(self) -> str | None:
        """Who acts on it."""
        ...


def is_in_scope(caller: Person | None, thing: Scoped) -> bool:
    """Whether a person may see a thing whole: everything, that of the own agency, or that of the own area."""
    if caller is None:
        return False
    if caller.role in EVERYWHERE:
        return True
    if caller.role == "area_head":
        return caller.area_id in thing.area_path
    if isinstance(thing, Task) and thing.assignee_id == caller.id:
        return True
    return caller.agency_id is not None and caller.agency_id == thing.agency_id


def require_move(caller: Person, task: Task, verb: Verb) -> None:
    """Raises 403 where a person may not do this to this task."""
    if not is_in_scope(caller, task):
        raise Problem(403, "not-yours", "This task belongs to another agency or area", f"task {task.number}")
    if verb not in VERBS.get(caller.role, frozenset()):
        allowed = ", ".join(sorted(VERBS.get(caller.role, ()))) or "nothing"
        raise Problem(403, "wrong-role", "This role may not do that", f"{caller.role} may: {allowed}")


STAFF: Final = ("officer", "area_head", "agency_head", "operator", "leader", "admin")
Staff = Annotated[Person, Depends(require(*STAFF))]
Worker = Annotated[Person, Depends(require("officer", "area_head", "agency_head", "operator", "admin"))]
Operator = Annotated[Person, Depends(require("operator", "admin"))]
Overseer = Annotated[Person, Depends(require("operator", "leader", "admin"))]
