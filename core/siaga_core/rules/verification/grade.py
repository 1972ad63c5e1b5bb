"""How far it is established that work is done: reported done, verified by a named witness, or disputed.

Nobody verifies by saying nothing. A rule of the system is no witness, and neither is whoever did the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from siaga_core.rules.task import TaskState


class Grade(StrEnum):
    """How far it is established that the work is done."""

    REPORTED_DONE = "reported_done"  # whoever did the work says so, with a photo
    VERIFIED = "verified"  # a witness who did not do the work confirms it
    DISPUTED = "disputed"  # a witness contradicts it


class Witness(StrEnum):
    """Who confirms or disputes that the work is done. `record`: an imported record states it and names nobody."""

    CAMERA = "camera"
    GAUGE = "gauge"
    OPERATOR = "operator"
    REPORTER = "reporter"
    PERSON = "person"
    RECORD = "record"


_SENSORS = frozenset({Witness.CAMERA, Witness.GAUGE})
_ROLES = {
    "operator": "operator",
    "admin": "operator",
    "area_head": "person:area_head",
    "agency_head": "person:agency_head",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFacts:
    """What is known of the end of a task: who confirmed it and who disputed it, each with the time."""

    state: TaskState
    finished_at: datetime | None = None
    verified_by: str | None = None
    disputed_by: str | None = None
    disputed_at: datetime | None = None


def witness_of(actor: str, *, role: str | None, worked_on_by: frozenset[str]) -> str | None:
    """Return the witness that an actor is, with the sensor (`camera:ID`, `gauge:ID`) or the office (`person:ROLE`);
    None for everybody who cannot be one: the system, officers (they do the work and do not judge it) and whoever worked
    on this task.
    """
    kind, _, name = actor.partition(":")
    if kind in _SENSORS and name:
        return actor
    if actor == Witness.REPORTER:
        return actor
    if actor in worked_on_by:
        return None
    return _ROLES.get(role or "")


def split_witness(witness: str) -> tuple[Witness, str | None]:
    """Return the kind of a stored witness, and the sensor or the office that it names."""
    kind, _, name = witness.partition(":")
    return Witness(kind), name or None


def grade_of(known: CompletionFacts) -> Grade | None:
    """Return the grade of a task; None while nobody has reported it as done, and for a dismissed one.

    A dispute counts until the work is reported as done again.
    """
    if known.disputed_by is not None and known.disputed_at is not None and _is_current(known, known.disputed_at):
        return Grade.DISPUTED
    if known.state is TaskState.VERIFIED and known.verified_by is not None:
        return Grade.VERIFIED
    return Grade.REPORTED_DONE if known.state in (TaskState.RESOLVED, TaskState.VERIFIED) else None


def _is_current(known: CompletionFacts, disputed_at: datetime) -> bool:
    if known.state in (TaskState.DISMISSED, TaskState.FOLLOWING):
        return False
    return known.finished_at is None or disputed_at >= known.finished_at
