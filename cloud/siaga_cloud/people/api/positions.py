"""Serves the duty and the position of officers, which is shared only on duty and with consent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import require
from siaga_cloud.people.service import positions
from siaga_cloud.people.service.positions import PositionsResult
from siaga_cloud.people.store import positions as db
from siaga_cloud.people.store.positions import Duty, OfficerOnDuty, Position
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.language import choose_language

router = APIRouter(tags=["officers"])

Officer = Annotated[Person, Depends(require("officer"))]
InCharge = Annotated[Person, Depends(require("area_head", "agency_head", "operator", "leader", "admin"))]


class Consent(BaseModel):
    """Holds what an officer agrees to before the position is shared."""

    version: str
    text: str


class DutyUpdate(BaseModel):
    """Begins or ends duty. `consent_version` is that of the text shown, and is needed to begin."""

    on: bool
    consent_version: Annotated[str | None, Field(max_length=40)] = None


class DutyState(BaseModel):
    """States whether the caller is on duty."""

    on: bool
    since: datetime | None
    consent_version: str | None


class PositionSample(BaseModel):
    """Holds a position of the phone."""

    measured_at: Moment
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    accuracy_m: Annotated[float | None, Field(ge=0, le=100_000)] = None


class PositionBatch(BaseModel):
    """Holds the positions since the last batch in any sequence; repeated ones are stored once."""

    positions: Annotated[list[PositionSample], Field(min_length=1, max_length=positions.MAX_BATCH)]


@router.get("/duty/consent", summary="What going on duty means for my position")
def get_duty_consent(request: Request, lang: Annotated[str | None, Query(max_length=20)] = None) -> Consent:
    """Show it, then send its version along."""
    language = choose_language(lang, request.headers.get("accept-language"))
    return Consent(version=positions.CONSENT_VERSION, text=positions.CONSENT[language])


@router.get("/me/duty", summary="Am I on duty (officer)")
def get_own_duty(parts: PartsOf, officer: Officer) -> DutyState:
    """The answer also states since when the duty lasts."""
    with parts.transaction(officer) as conn:
        return _state(db.duty(conn, officer.id))


@router.post("/me/duty", summary="Go on or off duty (officer)")
def update_own_duty(parts: PartsOf, officer: Officer, form: DutyUpdate) -> DutyState:
    """The consent is stored with its text's version and time. Off duty, the newest position is erased at once."""
    now = datetime.now(UTC)
    with parts.transaction(officer) as conn:
        duty = positions.set_duty(conn, officer.id, on=form.on, consent_version=form.consent_version, now=now)
    return _state(duty)


@router.post("/me/positions", summary="Send my positions (officer)")
def create_own_positions(parts: PartsOf, officer: Officer, batch: PositionBatch) -> PositionsResult:
    """At most 100; those that waited for a connection may come late. Refused off duty."""
    sent = [Position(**one.model_dump()) for one in batch.positions]
    with parts.transaction(officer) as conn:
        return positions.record_batch(
            conn, officer.id, sent, decimals=parts.settings.position_decimals, now=datetime.now(UTC)
        )


@router.get("/officers", summary="Officers on duty (those in charge of them)")
def list_officers_on_duty(
    parts: PartsOf,
    head: InCharge,
    agency: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> list[OfficerOnDuty]:
    """Heads see their own agency's or area's, operators all, leaders who agreed to that. Every look is on record."""
    with parts.transaction(head) as conn:
        found = db.on_duty(conn, agency_id=agency, limit=limit)
        audit.record(
            conn, actor=head.id, action="look_at_officers", kind="officer_position", object_id=agency or "own",
            details={"officers": [one.user_id for one in found][:200]}, now=datetime.now(UTC),
        )  # fmt: skip
    return found


def _state(duty: Duty | None) -> DutyState:
    if duty is None:
        return DutyState(on=False, since=None, consent_version=None)
    return DutyState(on=True, since=duty.began_at, consent_version=duty.consent_version)
