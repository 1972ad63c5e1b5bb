"""Closes and reopens incidents for operators; each change is recorded and can be undone."""

from __future__ import annotations

from uuid import UUID

from siaga_cloud.incidents.service import merging, reliability
from siaga_cloud.incidents.service.merging import ChangeContext
from siaga_cloud.incidents.store import changes as incident_changes
from siaga_cloud.incidents.store import incidents as db
from siaga_cloud.incidents.store.changes import Change
from siaga_cloud.incidents.task_port import task_port
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError
from siaga_core.rules.task import MOVES, Verb


def close(conn: Connection, incident_id: UUID, because: ChangeContext) -> Change:
    """Closes an open incident that has no task under way (ConflictError otherwise)."""
    merging.check_reason(because)
    (held,) = merging.lock(conn, incident_id)
    if held.state != "open":
        raise ConflictError(f"the incident is {held.state}", code="incident_not_open")
    if task_port().unfinished(conn, held.id) is not None:
        raise ConflictError("the incident has a task under way; resolve or dismiss it", code="task_active")
    db.set_state(conn, incident_id=held.id, state="closed", now=because.now)
    change = merging.change_of("close", held.id, because, before={"state": held.state})
    incident_changes.note(conn, change)
    live.announce(conn, "incident", held.id, because.now)
    return change


def reopen(conn: Connection, incident_id: UUID, because: ChangeContext) -> Change:
    """Opens a closed or rejected incident, and its last task with it; a verdict of false alarm is taken back."""
    merging.check_reason(because)
    (held,) = merging.lock(conn, incident_id)
    if held.state not in ("closed", "rejected"):
        hint = "; undo the merge" if held.state == "merged" else ""
        raise ConflictError(f"the incident is {held.state}{hint}", code="incident_not_open")
    before: dict[str, object] = {"state": held.state}
    if held.verdict == "false_alarm":
        before |= {"verdict": held.verdict, "verdict_by": held.verdict_by}
        reliability.settle(conn, held.id, None, by=None, note="", now=because.now)
    change = merging.change_of("reopen", held.id, because, before=before)
    incident_changes.note(conn, change)
    db.set_state(conn, incident_id=held.id, state="open", now=because.now)
    tasks_resumed(conn, held.id, because)
    live.announce(conn, "incident", held.id, because.now)
    return change


def tasks_resumed(conn: Connection, incident_id: UUID, because: ChangeContext) -> None:
    """The finished task of an incident that opens again is reopened; without one, policy decides anew."""
    last = incident_changes.newest_task(conn, incident_id)
    if last is not None and (last[1], Verb.REOPEN) in MOVES:
        task_port().reopen(conn, last[0], actor=because.actor, note=because.reason, now=because.now)
    elif (incident := db.get(conn, incident_id)) is not None:
        task_port().sync_task(conn, incident, caused_at=because.now, now=because.now)
