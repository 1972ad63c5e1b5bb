"""Serves citizens' reports: sending one, and following it by its secret."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.incidents.api.completion import Completion, completion
from siaga_cloud.notifications.service import reading as notifications
from siaga_cloud.people.request_signature import SignedBy
from siaga_cloud.people.service.device_keys import SignedRequest
from siaga_cloud.platform.errors import BusyError
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import Location, media_url
from siaga_cloud.platform.http.moments import Moment
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.language import Language, choose_language
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES, MAX_PHOTOS
from siaga_cloud.reports.form import KEY_PATTERN, MAX_DEPTH_CM, SubmittedReport, read_form
from siaga_cloud.reports.service.intake import AcceptedReport, Sender, arrived_report
from siaga_cloud.reports.service.reports import secret_hash
from siaga_cloud.reports.service.together import ReportIntake
from siaga_cloud.reports.store import status as report_status
from siaga_cloud.reports.store.status import FollowedReport, ReportImage
from siaga_cloud.reports.texts import progress
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.trust.independence import network_of

router = APIRouter(tags=["reports"])


class ReportReceipt(BaseModel):
    """Confirms a stored report. Whoever has the `follow` address can see its progress."""

    report_id: UUID
    follow: Annotated[str, Field(examples=["/r/3q2-7wAAQkOZr1sTn0Xo5g"])]
    offered_place: Annotated[Location | None, Field(description="where the photo says that it was taken")]
    repeated: Annotated[bool, Field(description="it had come before under the same Idempotency-Key")]
    message: Annotated[str, Field(examples=["Laporan diterima. Terima kasih."])]


class StatusMessage(BaseModel):
    """Describes a message to the reporter."""

    at: datetime
    text: str


class ReportPhoto(BaseModel):
    """Describes a photo of the report as everybody may see it."""

    url: Annotated[str | None, Field(description="the redacted copy; null: there is none (yet)")]
    received_at: datetime
    redaction: Annotated[str, Field(description="redacted, waiting or failed")]


class ReportStatus(BaseModel):
    """Describes the progress of a report."""

    report_id: UUID
    category: str
    category_name: str
    text: str
    received_at: datetime
    area_name: str | None
    depth_cm: Annotated[float | None, Field(description="water on the street as reported; null: not reported")] = None
    photos: int
    incident_id: UUID | None
    task_id: UUID | None
    incident_number: int | None
    task_number: int | None
    agency_name: str | None
    stage: Annotated[str, Field(description="received, noticed, review, waiting, under_way, resolved, closed")]
    message: str
    updated_at: datetime | None
    completion: Annotated[Completion | None, Field(description="null: nobody has reported the work as done")] = None
    images: Annotated[list[ReportPhoto], Field(description="the photos of this report")] = []
    messages: Annotated[
        list[StatusMessage], Field(description="notifications sent to those who reported this, the oldest first")
    ] = []


_RECEIVED = {"id": "Laporan diterima. Terima kasih.", "en": "Your report was received. Thank you."}
_WAIT = {
    "id": "Terlalu banyak laporan dari sambungan ini; coba lagi dalam {n} detik.",
    "en": "Too many reports from this connection; try again in {n} seconds.",
}


@router.post(
    "/reports",
    summary="Send a report",
    status_code=201,
    responses=refusals(
        "text_or_photo_required",
        "text_too_long",
        "coordinates_required",
        "invalid_coordinates",
        "too_many_photos",
        "photo_empty",
        "photo_too_complex",
        "photo_too_many_pixels",
        "photo_too_small",
        "time_too_old",
    ),
)
def create_report(
    parts: PartsOf,
    request: Request,
    response: Response,
    category: Annotated[str, Form(examples=["flooding"], json_schema_extra={"enum": list(CATEGORIES)})],
    text: Annotated[str, Form(examples=["Air setinggi lutut di depan pasar"])] = "",
    lat: Annotated[float | None, Form(examples=[-6.2079])] = None,
    lon: Annotated[float | None, Form(examples=[106.8484])] = None,
    photo: Annotated[list[UploadFile] | None, File(description="up to 3: JPEG, PNG or WebP")] = None,
    depth_cm: Annotated[
        float | None,
        Form(gt=0, le=MAX_DEPTH_CM, allow_inf_nan=False, description="water on the street", examples=[45]),
    ] = None,
    reporter: Annotated[
        str | None,
        Form(
            max_length=200,
            description="joins reports of one reporter, and never makes them more; only its hash is stored",
        ),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="a random UUID; sending again keeps nothing twice", json_schema_extra={"pattern": KEY_PATTERN}
        ),
    ] = None,
    happened_at: Annotated[
        Moment | None, Form(description="of a draft that waited for a connection; within the last 7 days")
    ] = None,
    privacy_version: Annotated[
        str | None, Form(pattern="^[0-9a-z.-]{1,20}$", description="of the privacy statement that the form showed")
    ] = None,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    *,
    signed: SignedBy,
) -> ReportReceipt:
    """Without lat and lon, the place that the photo carries is taken; photos are stored without their EXIF."""
    language = choose_language(lang, request.headers.get("accept-language"))
    client = client_key(request.client.host if request.client else None)
    hold_back(parts, client, person_of(client, reporter, signed), language)
    filled = SubmittedReport(
        category=category,
        text=text,
        lat=lat,
        lon=lon,
        photos=[upload.file.read(MAX_PHOTO_BYTES + 1) for upload in (photo or [])[: MAX_PHOTOS + 1]],
        idempotency_key=idempotency_key,
        depth_cm=depth_cm,
    )
    try:
        report, now = read_form(filled, clean=parts.photos.clean_all), datetime.now(UTC)
    except BusyError:  # it comes again, and must not be refused then because it came now
        parts.address_limit.charge(client, -1)
        if person := person_of(client, reporter, signed):
            parts.report_limit.charge(person, -1)
        raise
    arrived = arrived_report(
        report,
        sender=sender_of(reporter, request),
        media=parts.media,
        now=now,
        happened_at=happened_at,
        signed=signed,
        privacy_version=privacy_version,
    )
    accepted = parts.of(ReportIntake).accept(arrived)
    parts.metrics.reports.labels(report.category).inc()
    response.headers["Content-Language"] = language
    response.status_code = 200 if accepted.repeated else 201
    return answer_of(accepted, report.offered_place, language)


@router.get("/reports/{secret}", summary="Follow a report")
def get_report(
    parts: PartsOf,
    request: Request,
    response: Response,
    secret: str,
    lang: Annotated[str | None, Query(max_length=20)] = None,
) -> ReportStatus:
    """For whoever has the secret of the `follow` address."""
    language = choose_language(lang, request.headers.get("accept-language"))
    with parts.transaction(None) as conn:
        found = report_status.followed_report(conn, secret_hash(secret[:100]))
        lines = notifications.messages(conn, "reporter", str(found.id), limit=50) if found else []
        images = [_photo(one) for one in report_status.images(conn, found.id)] if found else []
    if found is None:
        raise Problem(404, "report-not-found", "There is no such report", "the address may have been cut off")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    messages = [StatusMessage(at=line["at"], text=line[f"text_{language}"]) for line in lines]
    return _followed(found, language).model_copy(update={"messages": messages, "images": images})


def answer_of(accepted: AcceptedReport, offered: LatLon | None, language: Language) -> ReportReceipt:
    """Return the answer to the sender of a report."""
    return ReportReceipt(
        report_id=accepted.report_id,
        follow=f"/r/{accepted.secret}",
        offered_place=Location(lat=offered.lat, lon=offered.lon) if offered else None,
        repeated=accepted.repeated,
        message=_RECEIVED[language],
    )


def _photo(one: ReportImage) -> ReportPhoto:
    return ReportPhoto(url=media_url(one.public_media_id), received_at=one.received_at, redaction=one.redaction)


def _followed(found: FollowedReport, language: Language) -> ReportStatus:
    stage, message = progress(found, language)
    category = CATEGORIES.get(found.category)
    return ReportStatus(
        report_id=found.id,
        category=found.category,
        category_name=category.name(language) if category else found.category,
        text=found.body,
        received_at=found.received_at,
        area_name=found.area_name,
        depth_cm=found.depth_cm,
        photos=found.photos,
        incident_id=found.incident_id,
        task_id=found.task_id,
        incident_number=found.incident_number,
        task_number=found.task_number,
        agency_name=found.agency_name,
        stage=stage,
        message=message,
        updated_at=found.updated_at,
        completion=completion(found.completion),
    )


def hold_back(parts: Parts, client: str, person: str | None, language: Language) -> None:
    """Raises Problem 429 for a person who sends too many reports, and for an address that sends very many."""
    if person is not None:
        _refuse(parts.report_limit.wait_seconds(person), language)
    _refuse(parts.address_limit.wait_seconds(client), language)


def person_of(client: str, given: str | None, signed: SignedRequest | None) -> str | None:
    """Return who counts as one person for limits: a device or a name that is given; None where neither is known.

    Neither is verified: it counts together with the address, so that no stranger can use up what a person may send.
    """
    if signed is not None:
        return f"{client} key:{signed.key_id}"
    return f"{client} given:{given.strip()}" if given and given.strip() else None


def slow_down(parts: Parts, client: str, language: Language) -> None:
    """Raises Problem 429 for a connection that sends too much of what stores no report."""
    _refuse(parts.message_limit.wait_seconds(client), language)


def _refuse(wait_seconds: float, language: Language) -> None:
    wait = math.ceil(wait_seconds)
    if wait > 0:
        message = _WAIT[language].format(n=wait)
        raise Problem(429, "too-many-requests", "Too many requests", message, retry_after_seconds=wait)


def sender_of(given: str | None, request: Request) -> Sender:
    """Return what proves who sends a request; the name given only joins what has it."""
    host = request.client.host if request.client else None
    name = f"client:{client_key(host)}:{request.headers.get('user-agent', '')[:200]}"
    if given and given.strip():
        name = f"given:{given.strip()}"
    return Sender(name=name, network=network_of(host))
