"""Serves the changes of incidents by operators: merge, split, close and reopen. Each is recorded and can be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import closing, merging, undoing
from siaga_cloud.incidents.service.merging import ChangeContext
from siaga_cloud.incidents.store import changes as db
from siaga_cloud.incidents.store.changes import Change
from siaga_cloud.people.auth import Operator
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["incidents"])

Reason = Annotated[str, Field(min_length=1, max_length=2000, examples=["Genangan yang sama"])]


class ChangeReason(BaseModel):
    """Holds the reason of a change for the record."""

    reason: Reason


class IncidentMerge(ChangeReason):
    """Names the incident to merge into."""

    into: UUID


class IncidentSplit(ChangeReason):
    """Names the members that become an incident of their own."""

    signals: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class IncidentChange(ResponseModel):
    """Describes a change of an incident. `other_id` is the incident merged into, or the one that was split off."""

    id: UUID
    number: int
    verb: Annotated[str, Field(examples=["merge"], description="merge, split, close, reopen or undo")]
    incident_id: UUID
    other_id: UUID | None
    actor: str
    actor_name: str | None
    reason: str
    at: datetime
    signal_ids: list[UUID]
    undoes: Annotated[UUID | None, Field(description="the change that this one undid")]
    undone_by: Annotated[UUID | None, Field(description="the change that undid this one")]


@router.get("/incidents/{incident_id}/changes", summary="What was changed about an incident, newest first (operator)")
def list_incident_changes(parts: PartsOf, operator: Operator, incident_id: UUID) -> list[IncidentChange]:
    """Merges, splits, closings, reopenings and what was undone of them, with who and why."""
    with parts.transaction(operator) as conn:
        return [_form(change) for change in db.of_incident(conn, incident_id)]


@router.post("/incidents/{incident_id}/merge", summary="Merge an incident into another (operator)")
def merge_incident(parts: PartsOf, operator: Operator, incident_id: UUID, form: IncidentMerge) -> IncidentChange:
    """All members go to the other incident; the task follows the other's and ends with it."""
    because = _because(operator.id, form)
    with parts.transaction(operator) as conn:
        return _form(merging.merge(conn, incident_id, form.into, because))


@router.post("/incidents/{incident_id}/split", summary="Split members off an incident (operator)")
def split_incident(parts: PartsOf, operator: Operator, incident_id: UUID, form: IncidentSplit) -> IncidentChange:
    """The members named become a new incident (`other_id` of the answer) where the earliest of them was."""
    because = _because(operator.id, form)
    with parts.transaction(operator) as conn:
        return _form(merging.split(conn, incident_id, form.signals, because, areas=parts.of(AreaLookup)))


@router.post("/incidents/{incident_id}/close", summary="Close an incident (operator)")
def close_incident(parts: PartsOf, operator: Operator, incident_id: UUID, form: ChangeReason) -> IncidentChange:
    """Refused while a task is under way."""
    with parts.transaction(operator) as conn:
        return _form(closing.close(conn, incident_id, _because(operator.id, form)))


@router.post("/incidents/{incident_id}/reopen", summary="Open an incident again (operator)")
def reopen_incident(parts: PartsOf, operator: Operator, incident_id: UUID, form: ChangeReason) -> IncidentChange:
    """Its last task is reopened with it."""
    with parts.transaction(operator) as conn:
        return _form(closing.reopen(conn, incident_id, _because(operator.id, form)))


@router.post("/incident-changes/{change_id}/undo", summary="Undo a change (operator)")
def undo_incident_change(parts: PartsOf, operator: Operator, change_id: UUID, form: ChangeReason) -> IncidentChange:
    """The newest change of an incident first; refused with the reason where something later stands on it."""
    with parts.transaction(operator) as conn:
        return _form(undoing.undo(conn, change_id, _because(operator.id, form)))


def _because(actor: str, form: ChangeReason) -> ChangeContext:
    return ChangeContext(actor=actor, reason=form.reason, now=datetime.now(UTC))


def _form(change: Change) -> IncidentChange:
    return IncidentChange(
        id=change.id,
        number=change.number,
        verb=change.verb,
        incident_id=change.incident_id,
        other_id=change.other_id,
        actor=change.actor,
        actor_name=change.actor_name,
        reason=change.reason,
        at=change.at,
        signal_ids=list(change.signal_ids),
        undoes=change.undoes,
        undone_by=change.undone_by,
    )
