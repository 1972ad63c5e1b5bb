"""Undoes changes of incidents, the newest first, and only while everything is as the change left it."""

from __future__ import annotations

from uuid import UUID

from siaga_cloud.incidents.service import merging, reliability
from siaga_cloud.incidents.service.merging import ChangeContext
from siaga_cloud.incidents.store import changes as incident_changes
from siaga_cloud.incidents.store import incidents as db
from siaga_cloud.incidents.store import members
from siaga_cloud.incidents.store.changes import Change
from siaga_cloud.incidents.store.incidents import IncidentRow
from siaga_cloud.incidents.task_port import task_port
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError


def undo(conn: Connection, change_id: UUID, because: ChangeContext) -> Change:
    """Puts back what a change moved; the undo is a change of its own.

    Raises NotFoundError, InvalidError (no reason), ConflictError (undone before, an undo itself, a later change of the
    same incidents is still in force, or the incident is no longer as the change left it).
    """
    merging.check_reason(because)
    known = incident_changes.get(conn, change_id)
    if known is None:
        raise NotFoundError(f"there is no change {change_id}", code="change_not_found")
    held = merging.lock(conn, *known.incidents)
    change = incident_changes.get(conn, change_id) or known  # as it is now that nobody else can undo it
    _check(conn, change)
    match change.verb:
        case "merge":
            _unmerge(conn, change, held[0], held[1], because)
        case "split":
            _unsplit(conn, change, held[0], held[1], because)
        case "close":
            _reopen(conn, held[0], because)
        case _:
            _close_reopened(conn, change, held[0], because)
    done = merging.change_of(
        "undo",
        change.incident_id,
        because,
        other_id=change.other_id,
        undoes=change.id,
        signal_ids=change.signal_ids,
    )
    incident_changes.note(conn, done)
    for incident in held:
        live.announce(conn, "incident", incident.id, because.now)
    return done


def _check(conn: Connection, change: Change) -> None:
    if change.verb == "undo":
        raise ConflictError("an undo cannot be undone; make the change anew", code="undo_of_undo")
    if change.undone_by is not None:
        raise ConflictError(f"the {change.verb} was undone before", code="already_undone")
    later = incident_changes.later_in_force(conn, change)
    if later:
        newest = later[0]
        raise ConflictError(
            f"a later change is still in force: {newest.verb} (change {newest.number}) by {newest.actor};"
            " undo it first",
            code="later_change_exists",
        )


def _unmerge(conn: Connection, change: Change, child: IncidentRow, parent: IncidentRow, because: ChangeContext) -> None:
    if child.state != "merged" or child.merged_into != parent.id:
        raise ConflictError(
            f"the incident is {child.state}, it is not merged into {parent.id} any more", code="changed_since"
        )
    members.move(conn, source=parent.id, target=child.id, signal_ids=change.signal_ids, now=because.now)
    db.set_state(conn, incident_id=child.id, state=str(change.before["state"]), now=because.now)
    if change.before.get("verdict_taken") and parent.verdict == child.verdict:
        reliability.settle(conn, parent.id, None, by=None, note="", now=because.now)
    _give_task_back(conn, change, child, because)
    merging.settle(conn, (child.id, parent.id), because.now)


def _give_task_back(conn: Connection, change: Change, child: IncidentRow, because: ChangeContext) -> None:
    """A task that followed goes its own way; one that was handed over comes back unless it was finished meanwhile."""
    follows, handed_over = change.before.get("follows"), change.before.get("handed_over")
    if follows is not None:
        task_port().unfollow(conn, UUID(follows), actor=because.actor, note=because.reason, now=because.now)
    if handed_over is None:
        return
    task = task_port().get(conn, UUID(handed_over))
    if task is not None and task.finished_at is None:
        merging.hand_over(conn, task.id, child.id, because)


def _unsplit(conn: Connection, change: Change, held: IncidentRow, new: IncidentRow, because: ChangeContext) -> None:
    if new.state == "merged":
        raise ConflictError(f"the incident that was split off was merged into {new.merged_into}", code="changed_since")
    joined = {one.id for one in members.of(conn, new.id)} - set(change.signal_ids)
    if joined:
        raise ConflictError(
            f"{len(joined)} more signals have joined the incident that was split off; merge it instead",
            code="signals_added_since",
        )
    merging.pass_task(conn, new, held, because)
    members.move(conn, source=new.id, target=held.id, signal_ids=change.signal_ids, now=because.now)
    db.set_state(conn, incident_id=new.id, state="merged", merged_into=held.id, now=because.now)
    merging.settle(conn, (held.id, new.id), because.now)


def _reopen(conn: Connection, held: IncidentRow, because: ChangeContext) -> None:
    if held.state != "closed":
        raise ConflictError(f"the incident is {held.state}, not closed any more", code="changed_since")
    db.set_state(conn, incident_id=held.id, state="open", now=because.now)


def _close_reopened(conn: Connection, change: Change, held: IncidentRow, because: ChangeContext) -> None:
    if held.state != "open":
        raise ConflictError(f"the incident is {held.state}, not open any more", code="changed_since")
    if task_port().unfinished(conn, held.id) is not None:
        raise ConflictError("the task is under way again; resolve or dismiss it", code="task_active")
    db.set_state(conn, incident_id=held.id, state=str(change.before["state"]), now=because.now)
    verdict, by = change.before.get("verdict"), change.before.get("verdict_by")
    if verdict is not None:
        reliability.settle(conn, held.id, str(verdict), by=by, note=because.reason, now=because.now)
