"""Serves the alerts in force to everybody, and their history to the staff who are responsible for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from siaga_cloud.alerts.store import alerts as db
from siaga_cloud.alerts.store.alerts import LedgerLine, ShownAlert
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.foreign.links import add_next
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.language import Language, choose_language

router = APIRouter(tags=["alerts"])

LevelName = Literal["none", "advisory", "warning", "danger"]
_LEVELS: Mapping[int, LevelName] = {0: "none", 1: "advisory", 2: "warning", 3: "danger"}
_FLOODS = ("none", "caution", "minor", "moderate", "severe")


class ArrivalSpan(ResponseModel):
    """Describes when the water is expected to reach a stage: the most likely time and the span around it."""

    stage: Annotated[int, Field(description="3, 2 or 1 (the worst)")]
    at: datetime
    earliest_at: datetime | None
    latest_at: datetime | None


class AlertSource(ResponseModel):
    """Counts the independent sources of one kind that an alert rests on, with the first and the last time that they
    supported it.
    """

    kind: Annotated[
        Literal["gauge", "forecast", "camera", "officer", "operator", "feed", "verified_citizen", "unverified_citizen"],
        Field(description="an unverified citizen is one network, however many reports it sends"),
    ]
    count: int
    first_at: datetime
    last_at: datetime
    names: Annotated[list[str], Field(description="of gauges, cameras and feeds; people have none")]


class Alert(ResponseModel):
    """Describes an alert in force. Severity, urgency and certainty use the words of CAP 1.2."""

    id: UUID
    area_id: Annotated[str | None, Field(examples=["31.74.01.manggarai"])]
    area_name: str | None
    gauge_id: Annotated[str | None, Field(description="instead of an area, for those who follow a gauge")]
    gauge_name: str | None
    level: LevelName
    stage: Annotated[int, Field(description="the worst stage at hand, 4 is normal")]
    flood_state: str
    flood_certainty: Annotated[
        str | None,
        Field(description="of the flood state alone, in the words of CAP; Possible: people report it, nobody saw it"),
    ]
    since: datetime
    issued_at: Annotated[datetime, Field(description="when its text was last made")]
    revision: int
    headline: Annotated[str, Field(examples=["BAHAYA banjir: Manggarai, Tebet"])]
    text: str
    instruction: str
    forecast: ArrivalSpan | None
    severity: str
    urgency: str
    certainty: Annotated[
        str, Field(description="Possible: nobody but independent people and partners; then the level is advisory")
    ]
    basis: Annotated[list[AlertSource], Field(description="what it rests on, also what supported it earlier")]


class AreaAlert(ResponseModel):
    """States whether an area is under an alert now."""

    area_id: str
    alert: Alert | None


class AlertHistoryEntry(ResponseModel):
    """Describes one past alert."""

    id: UUID
    area_id: str | None
    gauge_id: str | None
    level: LevelName
    revisions: int
    raised_at: datetime
    ended_at: datetime | None


class AlertRevision(ResponseModel):
    """Describes a revision: what was decided on which evidence, and how many subscribers were notified."""

    revision: int
    at: datetime
    kind: Literal["raise", "update", "all_clear"]
    why: str
    level: LevelName
    headline: str
    text: str
    evidence: dict[str, Any]
    basis: list[AlertSource]
    subscribers: int
    sent: int
    failed: int
    waiting: int


@router.get("/alerts", summary="The alerts in force, the worst first")
def list_alerts(
    parts: PartsOf,
    response: Response,
    kind: Annotated[Literal["area", "gauge"], Query(description="alerts of areas, or of gauges")] = "area",
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> list[Alert]:
    """Decided every few seconds from stages, forecasts and flood states; an alert lasts until its all-clear."""
    language = _language(response, lang, accept_language)
    with parts.transaction(None) as conn:
        return [form_of(one, language) for one in db.shown(conn, kind=kind)]


@router.get("/areas/{area_id}/alert", summary="Whether an area is warned now")
def get_area_alert(
    parts: PartsOf,
    response: Response,
    area_id: str,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> AreaAlert:
    """Of an RW that of its kelurahan; null where nothing is to be feared as far as is known."""
    language = _language(response, lang, accept_language)
    with parts.transaction(None) as conn:
        if not db.is_area(conn, area_id):
            raise Problem(404, "area-not-found", "There is no such area", area_id[:60])
        found = db.shown_of_area(conn, area_id)
    return AreaAlert(area_id=area_id, alert=form_of(found, language) if found else None)


@router.get("/alerts/history", summary="Alerts, the newest first (operator, leader, admin)")
def list_alert_history(
    parts: PartsOf,
    overseer: Overseer,
    request: Request,
    response: Response,
    before: Annotated[Moment | None, Query(description="raised before this")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlertHistoryEntry]:
    """Also those that are over."""
    with parts.transaction(overseer) as conn:
        lines = db.past(conn, before=before or datetime.now(UTC), limit=limit)
    if len(lines) == limit:
        add_next(request, response, before=lines[-1]["raised_at"].isoformat())
    return [
        AlertHistoryEntry(
            id=line["id"],
            area_id=line["area_id"],
            gauge_id=line["gauge_id"],
            level=_LEVELS[line["level"]],
            revisions=line["revision"],
            raised_at=line["raised_at"],
            ended_at=line["ended_at"],
        )
        for line in lines
    ]


@router.get("/alerts/{alert_id}/revisions", summary="Revisions of an alert (operator, leader, admin)")
def list_alert_revisions(parts: PartsOf, overseer: Overseer, alert_id: UUID) -> list[AlertRevision]:
    """Each revision has its evidence, and the number of messages that were sent, wait or failed."""
    with parts.transaction(overseer) as conn:
        lines = db.ledger(conn, alert_id)
    if not lines:
        raise Problem(404, "alert-not-found", "There is no such alert", str(alert_id))
    return [_line(line) for line in lines]


def form_of(one: ShownAlert, language: Language) -> Alert:
    """Return the public form of an alert."""
    span = None
    if one.arrives_at is not None and one.coming_stage < 4:
        span = ArrivalSpan(
            stage=one.coming_stage, at=one.arrives_at, earliest_at=one.earliest_at, latest_at=one.latest_at
        )
    return Alert(
        id=one.id,
        area_id=one.area_id,
        area_name=one.area_name,
        gauge_id=one.gauge_id,
        gauge_name=one.gauge_name,
        level=_LEVELS[one.level],
        stage=one.stage,
        flood_state=_FLOODS[one.flood_state],
        flood_certainty=one.flood_certainty if one.flood_state else None,
        since=one.raised_at,
        issued_at=one.issued_at,
        revision=one.revision,
        headline=one.headline_en if language == "en" else one.headline_id,
        text=one.text_en if language == "en" else one.text_id,
        instruction=one.instruction_en if language == "en" else one.instruction_id,
        forecast=span,
        severity=one.severity,
        urgency=one.urgency,
        certainty=one.certainty,
        basis=[AlertSource.model_validate(source) for source in one.basis],
    )


def _line(line: LedgerLine) -> AlertRevision:
    return AlertRevision.model_validate(
        {
            "revision": line.revision,
            "at": line.at,
            "kind": line.kind,
            "why": line.why,
            "level": _LEVELS[line.level],
            "headline": line.headline_id,
            "text": line.text_id,
            "evidence": line.evidence,
            "basis": line.basis,
            "subscribers": line.subscribers,
            "sent": line.sent,
            "failed": line.failed,
            "waiting": line.waiting,
        }
    )


def _language(response: Response, lang: str | None, accept_language: str | None) -> Language:
    language = choose_language(lang, accept_language)
    response.headers["Content-Language"] = language
    return language
