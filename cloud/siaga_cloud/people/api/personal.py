"""Hands people what is stored of them: reporters by the secret of a report, staff by signing in. Erases accounts."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import Admin, SignedIn
from siaga_cloud.people.service import accounts as people
from siaga_cloud.people.service import exports, sessions, tokens
from siaga_cloud.platform.db.callers import token_hash
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem

router = APIRouter(tags=["people"])


class PersonalPhoto(ResponseModel):
    """Describes a photo of a report, with what its metadata stated."""

    media_id: UUID
    taken_at: datetime | None
    lat: float | None
    lon: float | None
    width: int
    height: int


class PersonalAnswer(ResponseModel):
    """Describes what the reporter answered when asked whether it was fixed."""

    fixed: bool
    answered_at: datetime


class PersonalReportExport(ResponseModel):
    """Holds everything that a report stores of its reporter. `sender` is the number or account on a text channel.

    `network` is the prefix of the address (/24 or /48) or the partner, stored for 30 days; `device_key` names the key
    of the page that signed it.
    """

    report_id: UUID
    channel: str
    category: str
    text: str
    lat: float
    lon: float
    area_id: str | None
    happened_at: datetime
    received_at: datetime
    name: str | None
    email: str | None
    phone: str | None
    sender: str | None
    network: str | None
    device_key: str | None
    photos: list[PersonalPhoto]
    answers: list[PersonalAnswer]


class OwnDuty(ResponseModel):
    """Describes a time on duty and the consent that it began with."""

    began_at: datetime
    ended_at: datetime | None
    consent_version: str
    consent_at: datetime


class OwnPosition(ResponseModel):
    """Describes where an officer was on duty."""

    measured_at: datetime
    lat: float
    lon: float
    accuracy_m: float | None


class OwnTaskMove(ResponseModel):
    """Describes what a person did with a task."""

    task_id: UUID
    verb: str
    note: str
    at: datetime


class OwnAuditEntry(ResponseModel):
    """Describes a line of the audit log about what a person did."""

    action: str
    object_kind: str
    object_id: str
    why: str
    at: datetime


class OwnSession(ResponseModel):
    """Describes a session that is open."""

    method: str
    agent: str
    made_at: datetime
    seen_at: datetime


class OwnToken(ResponseModel):
    """Describes a valid token."""

    name: str
    scopes: list[str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class PersonalUserExport(ResponseModel):
    """Holds what is stored of a person who signs in; of each list the newest 10,000."""

    id: str
    name: str
    role: str
    area_id: str | None
    agency_id: str | None
    email: str | None
    oidc_subject: str | None
    created_at: datetime
    sessions: list[OwnSession]
    tokens: list[OwnToken]
    duties: list[OwnDuty]
    positions: list[OwnPosition]
    moves: list[OwnTaskMove]
    actions: list[OwnAuditEntry]


class UserErase(BaseModel):
    """States why an account is erased."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.get("/reports/{secret}/personal", summary="What my report says of me")
def get_own_report_data(parts: PartsOf, request: Request, response: Response, secret: str) -> PersonalReportExport:
    """For whoever has the secret of the `follow` address, as a copy to take along."""
    _limit(parts, request)
    response.headers["Cache-Control"] = "no-store"
    with parts.transaction(None) as conn:
        found = exports.of_reporter(conn, token_hash(secret[:100]), now=datetime.now(UTC))
    return PersonalReportExport.model_validate(asdict(found))


@router.get(
    "/reports/{secret}/personal/photos/{media_id}",
    summary="A photo of my report",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_own_report_photo(parts: PartsOf, request: Request, secret: str, media_id: UUID) -> Response:
    """As it was sent, without its metadata; for whoever has the secret of the `follow` address."""
    _limit(parts, request)
    with parts.transaction(None) as conn:
        found = exports.of_reporter(conn, token_hash(secret[:100]), now=datetime.now(UTC))
    sha256 = next((photo["sha256"] for photo in found.photos if photo["media_id"] == str(media_id)), None)
    if sha256 is None or not parts.media.path(sha256).exists():
        raise Problem(404, "image-not-found", "There is no such photo of this report", str(media_id))
    return Response(parts.media.read(sha256), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/me/personal", summary="What is stored of me")
def get_own_user_data(parts: PartsOf, response: Response, me: SignedIn) -> PersonalUserExport:
    """A copy to take along: account, sessions, tokens, duty, positions, and what is on record of what I did."""
    now = datetime.now(UTC)
    response.headers["Cache-Control"] = "no-store"
    with parts.transaction(me.person) as conn:
        account = people.get(conn, me.person.id)
        records = exports.of_user(conn, me.person.id, now=now)
        lists = {
            "sessions": [asdict(one) for one in sessions.lasting(conn, me.person.id, now=now)],
            "tokens": [asdict(one) for one in tokens.list_tokens(conn, me.person.id, now=now)],
        }
    return PersonalUserExport.model_validate({**asdict(account), **asdict(records), **lists})


@router.post("/admin/users/{user_id}/erase", summary="Erase a person who signs in (admin)", status_code=204)
def erase_user(parts: PartsOf, admin: Admin, user_id: str, form: UserErase) -> None:
    """Final. The ID stays in tasks and in the audit log, so that no figure changes; all else of the person goes."""
    with parts.transaction(admin) as conn:
        exports.erase_user(conn, user_id, by=admin.id, why=form.reason, now=datetime.now(UTC))


def _limit(parts: Parts, request: Request) -> None:
    """Each copy is a line of the audit log, which never ends: nobody is to fill it with a report of their own."""
    wait = math.ceil(parts.message_limit.wait_seconds(client_key(request.client.host if request.client else None)))
    if wait > 0:
        raise Problem(429, "too-many-requests", "Too many requests", f"try again in {wait} s", retry_after_seconds=wait)
