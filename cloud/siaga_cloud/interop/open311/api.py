"""Serves Open311 GeoReport v2: discovery, services, requests (created and read), tokens and updates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.connectors import service as connectors
from siaga_cloud.interop.open311 import filters, post, services, updates
from siaga_cloud.interop.open311 import store as read_open311
from siaga_cloud.interop.open311.formats import BASE, Format, answer, chosen
from siaga_cloud.interop.open311.post import PostedRequest
from siaga_cloud.interop.open311.store import RequestFilter, Update
from siaga_cloud.people.service import tokens
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.foreign.links import add_next
from siaga_cloud.platform.http.limits import TokenBuckets, client_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.language import Language, choose_language
from siaga_cloud.reports.form import read_form
from siaga_cloud.reports.service.intake import Sender, accept_once
from siaga_cloud.reports.texts import status_sentence
from siaga_core.rules.trust.independence import network_of

SCOPE: Final = "write:reports"
MAX_NOTES: Final = 10_000
_CONTENT: Final[dict[str, Any]] = {"application/json": {}, "text/xml": {}}
_BOTH: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _CONTENT, "description": "as the standard has it"},
    400: {"content": _CONTENT, "description": "a list of code and description"},
    404: {"content": _CONTENT, "description": "a list of code and description"},
}
_OF_POST: Final[dict[int | str, dict[str, Any]]] = {
    **_BOTH,
    200: {"content": _CONTENT, "description": "it had come before"},
    201: {"content": _CONTENT, "description": "as the standard has it"},
    403: {"content": _CONTENT, "description": "the api_key: a list of code and description"},
    413: {"content": _CONTENT, "description": "a list of code and description"},
    429: {"content": _CONTENT, "description": "a list of code and description"},
}
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
            for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
        },
    }
}
# One function serves an address with and without its suffix, so that the suffix is no parameter of it.
_SUFFIX: Final = {
    "parameters": [
        {"name": "fmt", "in": "path", "required": True, "schema": {"type": "string", "enum": ["json", "xml"]}}
    ]
}
_RECEIVED_TEXTS: Final = {"id": "Laporan diterima. Terima kasih.", "en": "Your report was received. Thank you."}
_WAIT: Final = {"id": "Terlalu banyak laporan; coba lagi dalam {n} detik.", "en": "Too many; try again in {n} seconds."}

router = APIRouter(prefix=BASE, tags=["open311"])


def _format(request: Request) -> Format:
    suffix = request.path_params.get("fmt")
    if suffix not in (None, "json", "xml"):
        raise Problem(
            404,
            "unsupported-format",
            "There is no such format",
            f"format: there is no {suffix[:20]!r}, only json and xml",
        )
    return chosen(suffix, request.headers.get("accept"))


def _language(request: Request, lang: Annotated[str | None, Query(max_length=20)] = None) -> Language:
    return choose_language(lang, request.headers.get("accept-language"))


Notes: TypeAlias = Mapping[UUID, list[dict[str, str]]]
Extensions = Annotated[
    str | None, Query(max_length=10, description="true: with extended_attributes and notes, as several cities have it")
]
FormatOf = Annotated[Format, Depends(_format)]
LanguageOf = Annotated[Language, Depends(_language)]


@router.get("/discovery", include_in_schema=False)
@router.get("/discovery.{fmt}", summary="Where what is to be found", responses=_BOTH, openapi_extra=_SUFFIX)
def get_open311_discovery(parts: PartsOf, fmt: FormatOf) -> Response:
    """In both formats, as the standard demands."""
    found = services.discovery(parts.settings.public_url, BASE)
    return answer("discovery", found, fmt)


@router.get("/services", include_in_schema=False)
@router.get("/services.{fmt}", summary="Kinds of requests", responses=_BOTH, openapi_extra=_SUFFIX)
def list_open311_services(fmt: FormatOf, language: LanguageOf) -> Response:
    """Every category of complaints; jurisdiction_id is not needed here and not looked at."""
    return answer("services", services.service_list(language), fmt, headers=_spoken(language))


@router.get("/services/{service_code}", include_in_schema=False)
@router.get(
    "/services/{service_code}.{fmt}", summary="What a kind of request asks", responses=_BOTH, openapi_extra=_SUFFIX
)
def get_open311_definition(service_code: str, fmt: FormatOf, language: LanguageOf) -> Response:
    """The attributes; none where its metadata is false."""
    if service_code not in CATEGORIES:
        raise Problem(
            404, "service-not-found", "There is no such service", f"service_code: there is no {service_code[:40]!r}"
        )
    return answer("service_definition", services.definition(service_code, language), fmt, headers=_spoken(language))


@router.post("/requests", include_in_schema=False, status_code=201)
@router.post(
    "/requests.{fmt}", summary="Send a request", status_code=201, responses=_OF_POST, openapi_extra=_FORM | _SUFFIX
)
def create_open311_request(
    parts: PartsOf,
    request: Request,
    posted: Annotated[PostedRequest, Depends(post.read_posted)],
    fmt: FormatOf,
    language: LanguageOf,
    api_key: Annotated[str | None, Query(max_length=200, description="or in the form, as the standard has it")] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A form with api_key (a token with the scope write:reports), service_code, lat and long, description, and
    attribute[CODE]; images as multipart `media`. The same content again within 10 minutes is the same report.
    """
    now, host = datetime.now(UTC), request.client.host if request.client else None
    client = client_key(host)
    _limit(parts.message_limit, client, language)
    known = _sender(parts, posted.get("api_key") or (api_key or "").strip(), now=now)
    if known is None:
        _limit(parts.address_limit, client, language)
    sender = f"key:{known}" if known else f"client:{client}"
    form = read_form(post.filled(posted, language), clean=parts.photos.clean_all)
    sent = post.delivery(posted, sender, idempotency_key=idempotency_key, stores_contact=known is not None, now=now)
    # A partner cannot prove who its users are: all of them are one source.
    who = Sender(name=post.reporter(posted, sender), network=sender if known else network_of(host))
    with parts.transaction(None) as conn:
        accepted = accept_once(conn, form, sent, sender=who, media=parts.media, areas=parts.of(AreaLookup), now=now)
        connectors.count_success(conn, post.CHANNEL, repeated=accepted.repeated, lag_seconds=0.0, now=now)
    parts.metrics.reports.labels(form.category).inc()
    row = {
        "service_request_id": str(accepted.report_id),
        "service_notice": _RECEIVED_TEXTS[language],
        "account_id": posted.get("account_id") or None,
    }
    return answer("service_requests", [row], fmt, status=200 if accepted.repeated else 201, headers=_spoken(language))


@router.get("/requests", include_in_schema=False)
@router.get("/requests.{fmt}", summary="Requests, the newest first", responses=_BOTH, openapi_extra=_SUFFIX)
def list_open311_requests(
    parts: PartsOf,
    request: Request,
    wanted: Annotated[RequestFilter, Depends(filters.read_filters)],
    fmt: FormatOf,
    language: LanguageOf,
    extensions: Extensions = None,
) -> Response:
    """Of the last 90 days, at most 1000. Places are the middle of a square of about 250 m; what people wrote is not
    public."""
    with parts.transaction(None) as conn:
        found = read_open311.requests(conn, wanted)
        notes = _notes(conn, found, language) if _is_on(extensions) else None
    rows = [_row(one, parts.settings.public_url, language, notes) for one in found]
    shown = answer("service_requests", rows, fmt, headers=_spoken(language))
    if wanted.ids is None and len(found) == wanted.limit:
        add_next(request, shown, page=wanted.offset // wanted.limit + 2)
    return shown


@router.get("/requests/{request_id}", include_in_schema=False)
@router.get("/requests/{request_id}.{fmt}", summary="A request", responses=_BOTH, openapi_extra=_SUFFIX)
def get_open311_request(
    parts: PartsOf, request_id: str, fmt: FormatOf, language: LanguageOf, extensions: Extensions = None
) -> Response:
    """Still a list, of one."""
    one = _found(parts, request_id, "service_request_id")
    with parts.transaction(None) as conn:
        notes = _notes(conn, [one], language) if _is_on(extensions) else None
    row = _row(one, parts.settings.public_url, language, notes)
    return answer("service_requests", [row], fmt, headers=_spoken(language))


@router.get("/tokens/{token}", include_in_schema=False)
@router.get("/tokens/{token}.{fmt}", summary="The request of a token", responses=_BOTH, openapi_extra=_SUFFIX)
def get_open311_token(parts: PartsOf, token: str, fmt: FormatOf) -> Response:
    """Requests get their id at once here, so that the id is its own token."""
    one = _found(parts, token, "token")
    return answer("service_requests", [{"service_request_id": str(one.id), "token": str(one.id)}], fmt)


@router.get("/servicerequestupdates", include_in_schema=False)
@router.get(
    "/servicerequestupdates.{fmt}", summary="What was done about requests", responses=_BOTH, openapi_extra=_SUFFIX
)
def list_open311_updates(
    parts: PartsOf,
    window: filters.WindowOf,
    page: filters.PageOf,
    fmt: FormatOf,
    language: LanguageOf,
    service_request_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """mySociety's extension, to read: of 90 days, the oldest first."""
    now = datetime.now(UTC)
    since, until = filters.span(window, longest=filters.WINDOW)
    report = filters.find_id(service_request_id.strip()) if service_request_id and service_request_id.strip() else None
    with parts.transaction(None) as conn:
        found = read_open311.updates(
            conn,
            since=since,
            until=until or now,
            report_ids=[report] if report else None,
            limit=page.size,
            offset=page.offset,
        )
    rows = [_update(one, language) for one in found]
    return answer("service_request_updates", rows, fmt, headers=_spoken(language))


@router.post("/servicerequestupdates", include_in_schema=False, status_code=201)
@router.post(
    "/servicerequestupdates.{fmt}",
    summary="Tell something of a request",
    status_code=201,
    responses=_OF_POST,
    openapi_extra=_FORM | _SUFFIX,
)
def create_open311_update(
    parts: PartsOf,
    request: Request,
    posted: Annotated[PostedRequest, Depends(post.read_posted)],
    fmt: FormatOf,
    language: LanguageOf,
    api_key: Annotated[str | None, Query(max_length=200, description="or in the form, as the standard has it")] = None,
) -> Response:
    """mySociety's extension, to send: service_request_id, update_id, updated_datetime, status, description, media_url.
    An operator reads it. The same update_id a second time is 400."""
    now, client = datetime.now(UTC), client_key(request.client.host if request.client else None)
    _limit(parts.message_limit, client, language)
    known = _sender(parts, posted.get("api_key") or (api_key or "").strip(), now=now)
    update = updates.read_update(posted, now=now)
    with parts.transaction(None) as conn:
        updates.accept_update(conn, update, sender=f"key:{known}" if known else f"client:{client}", now=now)
    return answer("service_request_updates", [{"update_id": update.update_id}], fmt, status=201)


def _limit(limit: TokenBuckets, client: str, language: Language) -> None:
    wait = math.ceil(limit.wait_seconds(client))
    if wait > 0:
        raise Problem(
            429, "too-many-requests", "Too many requests", _WAIT[language].format(n=wait), retry_after_seconds=wait
        )


def _sender(parts: Parts, key: str, *, now: datetime) -> str | None:
    """Return whose key it is; None for someone without, where the city allows that. Raises Problem (403)."""
    if not key and parts.settings.open311_anonymous:
        return None
    with parts.database.transaction() as conn:
        known = tokens.by_token(conn, key, now=now) if key else None
    if known is None or not known.may(SCOPE):
        reason = "it is not known, or not for reports" if key else "it is missing"
        raise Problem(
            403, "invalid-api-key", "The api_key is not right", f"api_key: {reason}; see key_service in discovery"
        )
    return known.person.id


def _found(parts: Parts, text: str, what: str) -> read_open311.Request:
    wanted = RequestFilter(ids=[filters.find_id(text, what=what)], limit=1)
    with parts.transaction(None) as conn:
        found = read_open311.requests(conn, wanted)
    if not found:
        raise Problem(404, "request-not-found", "There is no such request", f"{what}: there is no {text[:60]!r}")
    return found[0]


def _is_on(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1", "yes")


def _notes(conn: Connection, found: Sequence[read_open311.Request], language: Language) -> Notes:
    """Return what was done about requests, by their ids, the oldest first."""
    now = datetime.now(UTC)
    since = min((one.requested_at for one in found), default=now)
    ids = [one.id for one in found]
    notes: dict[UUID, list[dict[str, str]]] = {report_id: [] for report_id in ids}
    for one in read_open311.updates(conn, since=since, until=now, report_ids=ids, limit=MAX_NOTES):
        reason = _update(one, language)
        notes[one.report_id].append(
            {"datetime": reason["updated_datetime"], "description": reason["description"], "type": one.to_state}
        )
    return notes


def _extended(one: read_open311.Request, notes: Notes) -> dict[str, Any]:
    attributes = {
        "incident_id": str(one.incident_id) if one.incident_id else None,
        "incident_number": one.incident_number,
        "severity": one.severity,
        "area_id": one.area_id,
    }
    return {"extended_attributes": attributes, "notes": notes[one.id]}


def _row(one: read_open311.Request, public_url: str, language: Language, notes: Notes | None = None) -> dict[str, Any]:
    category = CATEGORIES.get(one.category)
    _, reason = status_sentence(one.incident_state, one.task_state, one.agency_name, language)
    return {
        "service_request_id": str(one.id),
        "status": "closed" if one.is_closed else "open",
        "status_notes": reason,
        "service_name": category.name(language) if category else one.category,
        "service_code": one.category,
        "description": None,
        "agency_responsible": one.agency_name,
        "service_notice": None,
        "requested_datetime": _time(one.requested_at),
        "updated_datetime": _time(one.updated_at),
        "expected_datetime": _time(one.expected_at) if one.expected_at else None,
        "address": one.area_name,
        "address_id": None,
        "zipcode": None,
        "lat": one.lat,
        "long": one.lon,
        "media_url": f"{public_url}/api/v1/media/{one.media_id}" if one.media_id else None,
        **(_extended(one, notes) if notes is not None else {}),
    }


def _update(one: Update, language: Language) -> dict[str, Any]:
    _, reason = status_sentence("open", one.to_state, one.agency_name, language)
    return {
        "update_id": f"{one.move_id}-{one.report_id}",
        "service_request_id": str(one.report_id),
        "status": updates.extended_status(one.to_state),
        "external_status_code": one.to_state,
        "updated_datetime": _time(one.at),
        "description": reason,
        "media_url": None,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _spoken(language: Language) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language, Accept"}
