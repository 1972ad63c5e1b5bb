"""Serves the messages whose category or place was unsure to operators, and lets anybody test how a text is
understood."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.channels import registry
from siaga_cloud.channels.conversation import understanding as text_reports
from siaga_cloud.channels.conversation.understanding import ReportContext
from siaga_cloud.channels.store import inbox as db
from siaga_cloud.channels.store.inbox import Item
from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.people.auth import Operator
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_core.rules.geometry import LatLon

router = APIRouter(tags=["inbox"])

Confidence = Annotated[float, Field(ge=0, le=1, description="0 to 1")]


class PlaceCandidate(ResponseModel):
    """Describes a place that a message may mean. `radius_m` is how far the place reaches from its centre."""

    id: Annotated[str, Field(examples=["31.74.01.manggarai"])]
    name: Annotated[str, Field(examples=["Manggarai"])]
    kind: Annotated[str, Field(description="street, landmark, area, kelurahan or kecamatan")]
    lat: float
    lon: float
    radius_m: float
    confidence: Confidence


class TextGuessCreate(BaseModel):
    """Holds a text as people write it."""

    text: Annotated[str, Field(min_length=1, max_length=4000, examples=["banjir bgt di kp melayu udh sepinggang"])]


class TextGuess(ResponseModel):
    """Describes how a text was understood. A person must confirm a category or place that is not certain."""

    category: Annotated[str | None, Field(examples=["flooding"])]
    category_confidence: Confidence
    category_sure: bool
    why_none: Annotated[str, Field(description="over, denied, asked or no words, where nothing is complained of")]
    words: Annotated[list[str], Field(description="the words that decided")]
    place: PlaceCandidate | None
    place_sure: bool
    spread_m: Annotated[float, Field(description="within how far of the place's middle the spot must lie")]
    candidates: list[PlaceCandidate]


class InboxItem(ResponseModel):
    """Describes a message that waits for an operator or was decided, with the guesses."""

    id: UUID
    channel: Annotated[str, Field(examples=["whatsapp"])]
    sender: Annotated[str, Field(description="a phone number or account: personal data")]
    text: str
    category: str | None
    category_confidence: Confidence
    words: list[str]
    why: Annotated[str, Field(examples=["place: none named"], description="what was unsure")]
    lat: float | None
    lon: float | None
    place_name: str | None
    place_confidence: Confidence
    radius_m: float | None
    candidates: list[PlaceCandidate]
    status: Literal["waiting", "reported", "rejected"]
    reason: str
    report_id: UUID | None
    received_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class InboxDecisionCreate(BaseModel):
    """Decides a message: either a report (category, lat, lon) or `reject` with a reason."""

    category: Annotated[str | None, Field(max_length=40, examples=["flooding"])] = None
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False, examples=[-6.2079])] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False, examples=[106.8484])] = None
    reject: bool = False
    reason: Annotated[str, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _whole(self) -> InboxDecisionCreate:
        given = (self.category, self.lat, self.lon)
        if self.reject and any(one is not None for one in given):
            raise PydanticCustomError(
                "reject_or_accept", "expected reject with a reason, or category, lat and lon, not both"
            )
        if not self.reject and any(one is None for one in given):
            raise PydanticCustomError("reject_or_accept", "expected category, lat and lon, or reject with a reason")
        if self.category is not None and self.category not in CATEGORIES:
            raise PydanticCustomError("category_unknown", "category: expected one of the categories")
        return self


class InboxDecision(ResponseModel):
    """Describes the outcome of a message."""

    id: UUID
    status: Literal["reported", "rejected"]
    report_id: UUID | None


@router.post("/text/guess", summary="What a message would be taken for")
def guess_text(parts: PartsOf, request: Request, form: TextGuessCreate) -> TextGuess:
    """Stores nothing; counts as a report against the limit of the connection."""
    wait = math.ceil(parts.message_limit.wait_seconds(client_key(request.client.host if request.client else None)))
    if wait > 0:
        raise Problem(
            429, "too-many-requests", "Too many requests", f"try again in {wait} seconds", retry_after_seconds=wait
        )
    with parts.transaction(None) as conn:
        known = parts.of(GazetteerLookup).current(conn)
    guess = text_reports.understand(form.text, known)
    named = [PlaceCandidate(**one) for one in text_reports.candidates(guess.place.candidates)]
    best = guess.place.best
    return TextGuess(
        category=guess.category.category,
        category_confidence=guess.category.confidence,
        category_sure=guess.category.is_sure,
        why_none=guess.category.why_none,
        words=list(guess.category.hits),
        place=next((one for one in named if best and one.id == best.id), None),
        place_sure=guess.place.is_sure,
        spread_m=guess.place.spread_m,
        candidates=named,
    )


@router.get("/inbox", summary="Messages whose category or place was unsure (operator)")
def list_inbox(
    parts: PartsOf,
    operator: Operator,
    response: Response,
    status: Literal["waiting", "reported", "rejected"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[InboxItem]:
    """Those that wait, the oldest first; or those decided, the last first. Each look is on record."""
    response.headers["Cache-Control"] = "no-store"
    with parts.transaction(operator) as conn:
        found = db.listed(conn, status=status, limit=limit)
        if found:
            audit.record(
                conn, actor=operator.id, action="look_at_inbox", kind="text_inbox", object_id=f"{len(found)} {status}",
                details={"messages": [str(item.id) for item in found]}, now=datetime.now(UTC),
            )  # fmt: skip
    return [_form(item) for item in found]


@router.post(
    "/inbox/{item_id}",
    summary="Make a report of a message, or say why not (operator)",
    responses=refusals("reject_or_accept", "category_unknown"),
)
def decide_inbox_item(parts: PartsOf, operator: Operator, item_id: UUID, form: InboxDecisionCreate) -> InboxDecision:
    """The report is an ordinary one, as if the sender had filled in the form; deciding twice is refused with 409."""
    now = datetime.now(UTC)
    with parts.transaction(operator) as conn:
        if form.category is None or form.lat is None or form.lon is None:
            text_reports.reject_item(conn, item_id, reason=form.reason, by=operator.id, now=now)
            return InboxDecision(id=item_id, status="rejected", report_id=None)
        spot = LatLon(lat=form.lat, lon=form.lon)
        report_id = text_reports.decide_item(
            conn, item_id, category=form.category, spot=spot, by=operator.id, means=means_of(parts),
            phone_channels=registry.phone_channels(), proving_channels=registry.proving_channels(), now=now,
        )  # fmt: skip
    parts.metrics.reports.labels(form.category).inc()
    return InboxDecision(id=item_id, status="reported", report_id=report_id)


def means_of(parts: Parts) -> ReportContext:
    """Return what the storing of a report needs."""
    return ReportContext(media=parts.media, areas=parts.of(AreaLookup))


def _form(item: Item) -> InboxItem:
    return InboxItem(
        id=item.id,
        channel=item.channel,
        sender=item.sender,
        text=item.body,
        category=item.category,
        category_confidence=item.category_confidence,
        words=list(item.category_words),
        why=item.why,
        lat=item.lat,
        lon=item.lon,
        place_name=item.place_name,
        place_confidence=item.place_confidence,
        radius_m=item.radius_m,
        candidates=[PlaceCandidate(**one) for one in item.candidates],
        status=item.status,
        reason=item.reason,
        report_id=item.report_id,
        received_at=item.received_at,
        decided_at=item.decided_at,
        decided_by=item.decided_by,
    )
