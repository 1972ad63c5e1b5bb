"""Computes the reliability of sources from the priors of the city, the verdicts of people and the results of tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from siaga_cloud.incidents.store import verdicts as db
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules import reliability as rules
from siaga_core.rules.reliability import Belief
from siaga_core.rules.task import TaskState

_OF_TASK = "task:"
# A task that was checked confirms; one that was dismissed refutes. While it is under way it does neither.
_VERDICT_OF_TASK = {TaskState.VERIFIED: "confirmed", TaskState.DISMISSED: "false_alarm"}


def of_sources(conn: Connection, source_keys: Iterable[str]) -> dict[str, Belief]:
    """Return the belief in every one of these sources."""
    keys = set(source_keys)
    learned = db.learned(conn, keys)
    priors = {**rules.DEFAULT_PRIORS, **learned.priors}
    counts = learned.counts
    return {
        key: rules.belief(key, confirmed=counts.get(key, (0, 0))[0], refuted=counts.get(key, (0, 0))[1], priors=priors)
        for key in keys
    }


def settle(
    conn: Connection, incident_id: UUID, verdict: str | None, *, by: str | None, note: str, now: datetime
) -> None:
    """Makes this the verdict on an incident: what an earlier one taught is taken back, and its members learn this."""
    db.withdraw(conn, incident_id, now=now)
    if verdict is not None:
        db.count(conn, incident_id, verdict, now=now)
    db.save(conn, incident_id=incident_id, verdict=verdict, by=by, note=note, now=now)


def recount(conn: Connection, incident: IncidentRow, *, now: datetime) -> None:
    """After members came or went: the verdict teaches those who are members now."""
    db.withdraw(conn, incident.id, now=now)
    if incident.verdict is not None:
        db.count(conn, incident.id, incident.verdict, now=now)


def is_of_task(incident: IncidentRow) -> bool:
    """Whether the verdict on an incident is that of its task and not of a person."""
    return (incident.verdict_by or "").startswith(_OF_TASK)


def learn_from_task(conn: Connection, incident: IncidentRow, task_id: UUID, state: TaskState, *, now: datetime) -> None:
    """Apply the outcome of a task to the reliability of its sources; a task that is reopened reverts it.

    A person's own verdict on the incident is not touched. Doing it twice changes nothing.
    """
    if incident.verdict is not None and not is_of_task(incident):
        return
    verdict = _VERDICT_OF_TASK.get(state)
    if verdict == incident.verdict:
        return
    by = None if verdict is None else f"{_OF_TASK}{task_id}"
    note = "" if verdict is None else f"the task was {state}"
    settle(conn, incident.id, verdict, by=by, note=note, now=now)
