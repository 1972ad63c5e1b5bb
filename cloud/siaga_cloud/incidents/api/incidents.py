"""Serves incidents, the evidence ledger of each, and the verdicts of operators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.cameras.service import clips
from siaga_cloud.city.service import policy as policies
from siaga_cloud.incidents.api import models as forms
from siaga_cloud.incidents.api.models import Incident, IncidentDetail
from siaga_cloud.incidents.service import matching as service
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, Caller, Operator, is_in_scope
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.review import service as review
from siaga_core.rules import incident as rules

router = APIRouter(tags=["incidents"])

State = Literal["open", "closed", "rejected", "merged"]
IncidentSort = Literal["-began_at", "-severity"]


class VerdictCreate(BaseModel):
    """Holds an operator's verdict, which changes the reliability of each source."""

    verdict: Annotated[Literal["confirmed", "false_alarm"], Field(examples=["confirmed"])]
    note: Annotated[str, Field(max_length=2000, examples=["Terlihat di kamera"])] = ""


@router.get("/incidents", summary="List incidents", openapi_extra=KEY_IS_OPTIONAL)
def list_incidents(
    parts: PartsOf,
    caller: Caller,
    state: Annotated[State | None, Query()] = None,
    category: Annotated[str | None, Query(pattern="^[a-z_]{2,32}$")] = None,
    number: Annotated[int | None, Query(ge=1, le=2**31, description="the one with this number, or none")] = None,
    sort: Annotated[IncidentSort, Query(description="the newest first, or the severest first")] = "-began_at",
    limit: Annotated[int, Query(ge=1, le=2500)] = 200,
) -> list[Incident]:
    """Where only citizens notified of it, the public sees the place to about 250 m."""
    with parts.transaction(caller) as conn:
        found = read_incidents.incidents(
            conn, state=state, category=category, number=number, severest_first=sort == "-severity", limit=limit
        )
        policy = policies.current(conn).sources
    return [forms.incident(one, whole=is_in_scope(caller, one), policy=policy) for one in found]


@router.get("/incidents/{incident_id}", summary="An incident and why it is believed", openapi_extra=KEY_IS_OPTIONAL)
def get_incident(parts: PartsOf, caller: Caller, incident_id: UUID) -> IncidentDetail:
    """With the ledger of members: each source's weight in the confidence, 1 - product(1 - weight)."""
    with parts.transaction(caller) as conn:
        return _detail(conn, incident_id, caller)


@router.post("/incidents/{incident_id}/verdict", summary="Judge an incident (operator)")
def create_verdict(parts: PartsOf, operator: Operator, incident_id: UUID, verdict: VerdictCreate) -> IncidentDetail:
    """A false alarm closes the incident as rejected."""
    now = datetime.now(UTC)
    with parts.transaction(operator) as conn:
        service.judge(conn, incident_id, verdict.verdict, by=operator.id, note=verdict.note, now=now)
        if parts.settings.review_days is not None:
            retention = timedelta(days=parts.settings.review_days)
            review.collect(conn, incident_id, verdict.verdict, retention=retention, now=now)
        return _detail(conn, incident_id, operator)


@router.delete("/incidents/{incident_id}/verdict", summary="Withdraw a confirmation (operator)")
def delete_verdict(parts: PartsOf, operator: Operator, incident_id: UUID) -> IncidentDetail:
    """The sources lose what the confirmation gave them; a task that was passed on with it goes on. Nothing changes
    where no operator has confirmed the incident. A false alarm is withdrawn by `reopen`.
    """
    with parts.transaction(operator) as conn:
        if service.withdraw_confirmation(conn, incident_id, now=datetime.now(UTC)):
            review.withdraw(conn, incident_id)
        return _detail(conn, incident_id, operator)


def _detail(conn: Connection, incident_id: UUID, caller: Person | None) -> IncidentDetail:
    found = read_incidents.by_ids(conn, [incident_id])
    if not found:
        raise Problem(404, "incident-not-found", "There is no such incident", str(incident_id))
    members = read_incidents.ledger(conn, incident_id)
    newest_at = max((one.observed_at for one in members), default=found[0].began_at)
    whole = is_in_scope(caller, found[0])
    sources = [(one.source_key, one.observed_at) for one in members if one.removed_at is None]
    leads = {
        lead.source: lead for lead in rules.leads(sources, task_at=read_incidents.first_task_at(conn, incident_id))
    }
    shown_clips = clips.of_incident(conn, incident_id) if whole else []
    return IncidentDetail(
        incident=forms.incident(found[0], whole=whole, policy=policies.current(conn).sources),
        members=[
            forms.member(one, newest_at=newest_at, whole=whole, lead=leads.get(one.source_key), clips=shown_clips)
            for one in members
        ],
        remarks=[forms.remark(one) for one in read_incidents.remarks(conn, incident_id)],
    )
