"""Reopens a closed incident and its task when its event continues.

The same incident reopens because it is the same event of the same sensor, so the proof that closed the task must be
checked again. A rejected incident stays rejected: there a person has decided that the sensor is wrong.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga_cloud.incidents.store import changes as incident_changes
from siaga_cloud.incidents.store import incidents as db
from siaga_cloud.incidents.store.changes import Change
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.incidents.task_port import SYSTEM, task_port
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.signals.store import SignalRow
from siaga_core.rules import incident as rules
from siaga_core.rules.task import TaskState
from siaga_core.wire.ids import uuid7

_DONE = frozenset({TaskState.RESOLVED, TaskState.VERIFIED})


def reopened(conn: Connection, incident: IncidentRow, signal: SignalRow, *, now: datetime) -> IncidentRow:
    """Opens a closed incident whose sensor still sees the event well after the closing; the incident as it is then."""
    if incident.state != "closed" or incident.closed_at is None:
        return incident
    if not signal.is_sensor or signal.ended_at is not None:
        return incident
    if not rules.continues(closed_at=incident.closed_at, seen_at=signal.last_at):
        return incident
    reason = f"{signal.source_key} still sees it at {signal.last_at:%Y-%m-%d %H:%M} UTC, after it was closed"
    _reopen(conn, incident, reason, now=now)
    return replace(incident, state="open", closed_at=None)


def _reopen(conn: Connection, incident: IncidentRow, reason: str, *, now: datetime) -> None:
    last = incident_changes.newest_task(conn, incident.id)
    before = {"state": incident.state, "task_id": str(last[0]) if last else None}
    change = Change(
        id=uuid7(now), verb="reopen", incident_id=incident.id, actor=SYSTEM, reason=reason, at=now, before=before
    )
    incident_changes.note(conn, change)
    db.set_state(conn, incident_id=incident.id, state="open", now=now)
    if last is not None and last[1] in _DONE:
        task_port().reopen(conn, last[0], actor=SYSTEM, note=reason, now=now)
    live.announce(conn, "incident", incident.id, now)
