"""Serves what a reporter sees before sending: where the photo was taken, open incidents at the place, and the "me too"
button.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, File, Header, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.people.request_signature import SignedBy
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import Location, ResponseModel
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.language import choose_language
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES
from siaga_cloud.reports.api.reports import ReportReceipt, answer_of, hold_back, person_of, sender_of, slow_down
from siaga_cloud.reports.form import KEY_PATTERN, Report, key_of
from siaga_cloud.reports.service.intake import accept_report, arrived_report
from siaga_cloud.reports.store import look_alikes as db
from siaga_core.rules.geometry import LatLon, distance_m

router = APIRouter(tags=["reports"])

# The public's places are middles of squares of about 250 m, so that what is near may seem this much further away.
COARSE_M: Final = 180.0
ROUND_M: Final = 50
_DEGREE_M: Final = 111_320.0


class PhotoPlace(ResponseModel):
    """Holds what the metadata of a photo state; null where they state nothing."""

    place: Location | None
    taken_at: datetime | None


class DuplicateCandidate(ResponseModel):
    """Describes an open incident of the same category. Distance and place are as exact as the public may know them."""

    incident_id: UUID
    number: int
    category: str
    category_name: str
    distance_m: Annotated[int, Field(description="to 50 m", examples=[150])]
    place: Location
    area_name: str | None
    began_at: datetime
    last_signal_at: datetime
    reports: Annotated[int, Field(description="how many citizens reported it")]
    photo: Annotated[str | None, Field(examples=["/api/v1/media/0190..."], description="nobody can be recognised")]


class MeTooCreate(BaseModel):
    """Confirms an incident as another witness. Without a place, that of the incident is used."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=4000)] = ""
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False, examples=[-6.2079])] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False, examples=[106.8484])] = None
    reporter: Annotated[str | None, Field(max_length=200, description="as in sending a report")] = None
    happened_at: Annotated[Moment | None, Field(description="of one that waited for a connection")] = None

    @model_validator(mode="after")
    def _whole_place(self) -> MeTooCreate:
        if (self.lat is None) != (self.lon is None):
            raise PydanticCustomError("incomplete_coordinates", "expected lat and lon, or neither")
        return self


@router.post(
    "/reports/photo-place",
    summary="Where and when a photo was taken",
    responses=refusals("photo_empty", "photo_too_complex", "photo_too_many_pixels", "photo_too_small"),
)
def create_photo_place(
    parts: PartsOf, request: Request, photo: Annotated[UploadFile, File(description="JPEG, PNG or WebP")]
) -> PhotoPlace:
    """For forms that begin with the photo. Stores nothing."""
    language = choose_language(None, request.headers.get("accept-language"))
    slow_down(parts, client_key(request.client.host if request.client else None), language)
    cleaned = parts.photos.clean(photo.file.read(MAX_PHOTO_BYTES + 1))
    return PhotoPlace(
        place=Location(lat=cleaned.place.lat, lon=cleaned.place.lon) if cleaned.place else None,
        taken_at=cleaned.taken_at,
    )


@router.get("/duplicate-candidates", summary="What is known near a place, before a report is sent")
def list_duplicate_candidates(
    parts: PartsOf,
    request: Request,
    response: Response,
    category: Annotated[str, Query(pattern="^[a-z_]{2,32}$", examples=["flooding"])],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    radius_m: Annotated[int, Query(ge=10, le=1000)] = 250,
    lang: Annotated[str | None, Query(max_length=20)] = None,
) -> list[DuplicateCandidate]:
    """Open incidents of the category within the radius, the nearest first, five at most."""
    language, place = choose_language(lang, request.headers.get("accept-language")), LatLon(lat=lat, lon=lon)
    reach_m = radius_m + COARSE_M
    lat_span = reach_m / _DEGREE_M
    lon_span = reach_m / (_DEGREE_M * max(0.01, math.cos(math.radians(lat))))
    with parts.transaction(None) as conn:
        found = db.near(conn, category=category, place=place, lat_span=lat_span, lon_span=lon_span, limit=5)
    response.headers["Content-Language"] = language
    name = CATEGORIES[category].name(language) if category in CATEGORIES else category
    return [_look_alike(one, name, place) for one in found]


@router.post(
    "/incidents/{incident_id}/me-too",
    summary="Say that one has seen it, too",
    status_code=201,
    responses=refusals("incomplete_coordinates"),
)
def create_me_too(
    parts: PartsOf,
    request: Request,
    response: Response,
    incident_id: UUID,
    form: MeTooCreate,
    signed: SignedBy,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="a random UUID; sending again keeps nothing twice", json_schema_extra={"pattern": KEY_PATTERN}
        ),
    ] = None,
    lang: Annotated[str | None, Query(max_length=20)] = None,
) -> ReportReceipt:
    """An ordinary report at the incident's place, followed by its own secret link."""
    language = choose_language(lang, request.headers.get("accept-language"))
    client = client_key(request.client.host if request.client else None)
    hold_back(parts, client, person_of(client, form.reporter, signed), language)
    key, now = key_of(idempotency_key), datetime.now(UTC)
    with parts.transaction(None) as conn:
        joined = db.joined(conn, incident_id)
        if joined is None:
            raise Problem(404, "incident-not-found", "There is no such incident", str(incident_id))
        if not joined.is_open or joined.category not in CATEGORIES:
            raise Problem(409, "incident-over", "This is over", "send a report of what is there now")
        report = _report(form, joined, key)
        arrived = arrived_report(
            report,
            sender=sender_of(form.reporter, request),
            media=parts.media,
            now=now,
            happened_at=form.happened_at,
            signed=signed,
        )
        accepted = accept_report(conn, arrived, areas=parts.of(AreaLookup), now=now)
    parts.metrics.reports.labels(report.category).inc()
    response.headers["Content-Language"] = language
    response.status_code = 200 if accepted.repeated else 201
    return answer_of(accepted, None, language)


def _report(form: MeTooCreate, joined: db.JoinedIncident, key: UUID | None) -> Report:
    lat, lon = (joined.lat, joined.lon) if form.lat is None or form.lon is None else (form.lat, form.lon)
    return Report(
        category=joined.category,
        text=form.text.replace("\0", "").encode("utf-8", "ignore").decode().strip(),
        place=LatLon(lat=lat, lon=lon),
        photos=(),
        offered_place=None,
        key=key,
    )


def _look_alike(one: db.DuplicateCandidate, name: str, place: LatLon) -> DuplicateCandidate:
    away_m = distance_m(place, LatLon(lat=one.lat, lon=one.lon))
    return DuplicateCandidate(
        incident_id=one.id,
        number=one.number,
        category=one.category,
        category_name=name,
        distance_m=round(away_m / ROUND_M) * ROUND_M,
        place=Location(lat=one.lat, lon=one.lon, coarse=one.coarse),
        area_name=one.area_name,
        began_at=one.began_at,
        last_signal_at=one.last_signal_at,
        reports=one.reports,
        photo=f"/api/v1/media/{one.media_id}" if one.media_id else None,
    )
