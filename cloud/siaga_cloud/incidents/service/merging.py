"""Merges and splits incidents for operators. Each change is recorded and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.incidents.service import reliability
from siaga_cloud.incidents.store import changes as incident_changes
from siaga_cloud.incidents.store import incidents as db
from siaga_cloud.incidents.store import members
from siaga_cloud.incidents.store.changes import Change
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.incidents.task_port import task_port
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.wire.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContext:
    """Holds who makes a change, why and when."""

    actor: str
    reason: str
    now: datetime


def merge(conn: Connection, incident_id: UUID, into: UUID, because: ChangeContext) -> Change:
    """Every member of one incident becomes one of another; its task follows the other's.

    Raises NotFoundError, InvalidError (itself, another category), ConflictError (merged already, judged otherwise).
    """
    check_reason(because)
    if incident_id == into:
        raise InvalidError("into: an incident cannot be merged into itself", code="merge_into_itself")
    child, parent = lock(conn, incident_id, into)
    _check_merge(child, parent)
    before = {
        "state": child.state,
        "verdict_taken": parent.verdict is None and child.verdict is not None,
        **pass_task(conn, child, parent, because),
    }
    moved = members.move(conn, source=child.id, target=parent.id, signal_ids=None, now=because.now)
    db.set_state(conn, incident_id=child.id, state="merged", merged_into=parent.id, now=because.now)
    if before["verdict_taken"]:
        reliability.settle(conn, parent.id, child.verdict, by=child.verdict_by, note=because.reason, now=because.now)
    settle(conn, (parent.id, child.id), because.now)
    change = change_of("merge", child.id, because, other_id=parent.id, signal_ids=moved, before=before)
    incident_changes.note(conn, change)
    return change


def split(
    conn: Connection, incident_id: UUID, signal_ids: Sequence[UUID], because: ChangeContext, *, areas: AreaLookup
) -> Change:
    """Some members become an incident of their own, where the earliest of them was.

    Raises NotFoundError, InvalidError (none, all, or some that are no members), ConflictError (merged).
    """
    check_reason(because)
    (held,) = lock(conn, incident_id)
    if held.state == "merged":
        raise ConflictError(f"the incident was merged; split {held.merged_into}", code="incident_merged")
    wanted = _wanted(conn, held, signal_ids)
    first = min((one for one in members.of(conn, held.id) if one.id in wanted), key=lambda one: one.began_at)
    new_id = uuid7(because.now)
    area_id = areas.at(conn, lat=first.lat, lon=first.lon)
    db.create(conn, incident_id=new_id, signal=first, area_id=area_id, now=because.now)
    if held.state != "open":
        db.set_state(conn, incident_id=new_id, state=held.state, now=because.now)
    moved = members.move(conn, source=held.id, target=new_id, signal_ids=sorted(wanted), now=because.now)
    settle(conn, (held.id, new_id), because.now)
    change = change_of("split", held.id, because, other_id=new_id, signal_ids=moved, before={"state": held.state})
    incident_changes.note(conn, change)
    return change


def lock(conn: Connection, *incident_ids: UUID) -> tuple[IncidentRow, ...]:
    """Return the incidents in the order requested, locked against signals and other operators; NotFoundError."""
    categories = {one: db.category_of(conn, one) for one in incident_ids}
    for missing in (one for one, category in categories.items() if category is None):
        raise NotFoundError(f"there is no incident {missing}", code="incident_not_found")
    for category in sorted({category for category in categories.values() if category}):
        db.lock_category(conn, category)
    # In the order of their ids, as every other operator does.
    found = {one: db.get(conn, one) for one in sorted(incident_ids)}
    return tuple(incident for one in incident_ids if (incident := found[one]) is not None)


def settle(conn: Connection, incident_ids: Sequence[UUID], now: datetime) -> None:
    """Bring ledgers, reliabilities, tasks and listeners up to date after members moved."""
    for incident_id in incident_ids:
        incident = db.get(conn, incident_id)
        if incident is None:
            continue
        reliability.recount(conn, incident, now=now)
        incident = incidents.recompute_confidence(conn, incident, now=now)
        if incident.state == "open":
            task_port().sync_task(conn, incident, caused_at=incident.began_at, now=now)
        live.announce(conn, "incident", incident_id, now)


def pass_task(conn: Connection, child: IncidentRow, parent: IncidentRow, because: ChangeContext) -> dict[str, str]:
    """The unfinished task of an incident that is merged away follows the other's, or becomes it where there is none.

    Returns what an undo must know: {"follows": task} or {"handed_over": task}, or nothing.
    """
    task = task_port().unfinished(conn, child.id)
    if task is None:
        return {}
    leading = task_port().unfinished(conn, parent.id)
    if leading is not None:
        task_port().follow(conn, task.id, leading.id, actor=because.actor, note=because.reason, now=because.now)
        return {"follows": str(task.id)}
    hand_over(conn, task.id, parent.id, because)
    return {"handed_over": str(task.id)}


def hand_over(conn: Connection, task_id: UUID, incident_id: UUID, because: ChangeContext) -> None:
    """Makes a task that of another incident, with a line in its trail."""
    task_port().hand_over(conn, task_id, incident_id, actor=because.actor, note=because.reason, now=because.now)


def check_reason(because: ChangeContext) -> None:
    """Raises InvalidError without a reason."""
    if not because.reason.strip():
        raise InvalidError("reason: expected why, for the record", code="reason_required")


def _check_merge(child: IncidentRow, parent: IncidentRow) -> None:
    if child.category != parent.category:
        raise InvalidError(
            f"into: got an incident of {parent.category}, expected one of {child.category}",
            code="incident_kinds_differ",
        )
    if child.state == "merged":
        raise ConflictError(f"the incident was merged into {child.merged_into} before", code="incident_merged")
    if parent.state == "merged":
        raise ConflictError(
            f"into: that incident was merged itself; take {parent.merged_into}", code="target_incident_merged"
        )
    if parent.state != "open" and child.state == "open":
        raise ConflictError(f"into: that incident is {parent.state}; reopen it first", code="target_incident_closed")
    if child.verdict and parent.verdict and child.verdict != parent.verdict:
        raise ConflictError(
            f"the incidents were judged {child.verdict} and {parent.verdict}; judge them alike first",
            code="verdicts_differ",
        )


def _wanted(conn: Connection, held: IncidentRow, signal_ids: Sequence[UUID]) -> set[UUID]:
    there = {one.id for one in members.of(conn, held.id)}
    wanted = set(signal_ids)
    if not wanted:
        raise InvalidError("signals: expected at least one member", code="split_nothing")
    if strange := sorted(wanted - there):
        raise InvalidError(f"signals: {strange[0]} is no member of this incident", code="not_a_member")
    if wanted == there:
        raise InvalidError("signals: got every member, expected that at least one stays", code="split_everything")
    return wanted


def change_of(
    verb: incident_changes.ChangeVerb,
    incident_id: UUID,
    because: ChangeContext,
    *,
    other_id: UUID | None = None,
    undoes: UUID | None = None,
    signal_ids: Sequence[UUID] = (),
    before: dict[str, object] | None = None,
) -> Change:
    """Return a change as it goes on record."""
    return Change(
        id=uuid7(because.now),
        verb=verb,
        incident_id=incident_id,
        other_id=other_id,
        actor=because.actor,
        reason=because.reason.strip(),
        at=because.now,
        undoes=undoes,
        signal_ids=signal_ids,
        before=before or {},
    )
