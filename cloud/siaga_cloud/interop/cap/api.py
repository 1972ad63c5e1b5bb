"""Serves each CAP 1.2 message of an alert, and an Atom feed of the current ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Header, Query, Request, Response

from siaga_cloud.city.service import policy
from siaga_cloud.interop.cap import messages as cap_messages
from siaga_cloud.interop.cap import store as read_cap
from siaga_cloud.interop.cap.floods import By, FloodAlert, left_out
from siaga_cloud.interop.cap.messages import Message
from siaga_cloud.interop.cap.signature import CapSigner
from siaga_cloud.interop.cap.store import Region, Revision, Spot
from siaga_cloud.interop.cap.xml import Origin, document
from siaga_cloud.interop.xml_text import add, write
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.platform.language import Language, choose_language

BASE: Final = "/cap/v1"
CAP_TYPE: Final = "application/cap+xml"
ATOM_TYPE: Final = "application/atom+xml"
ATOM: Final = "http://www.w3.org/2005/Atom"
# How long the feed goes on telling that an alert is over.
CANCELS_SHOWN: Final = timedelta(hours=6)
_MAX_ALERTS: Final = 1000
_TITLES: Final = {"id": "Peringatan banjir", "en": "Flood alerts"}
_NOTHING_YET: Final = datetime(2026, 1, 1, tzinfo=UTC)

router = APIRouter(prefix=BASE, tags=["cap"])


@router.get(
    "/feed.xml",
    summary="Current CAP messages as an Atom feed",
    response_class=Response,
    responses={200: {"content": {ATOM_TYPE: {}}}, 304: {"description": "as it was"}},
)
def get_cap_feed(
    parts: PartsOf,
    request: Request,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    by: Annotated[
        By | None, Query(description="one alert for each flood: that of the gauge, or those of areas")
    ] = None,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """The newest message of every alert in force, and the Cancel of those that ended in the last 6 hours."""
    now, language = datetime.now(UTC), choose_language(lang, request.headers.get("accept-language"))
    with parts.transaction(None) as conn:
        latest = read_cap.lately(conn, now=now, cleared_since=now - CANCELS_SHOWN, limit=_MAX_ALERTS)
        newest = read_cap.newest_at(conn)
        for alert_id in _left_out(conn, latest, by) if by else ():
            del latest[alert_id]
    current = [cap_messages.messages(revisions, now=now)[-1] for revisions in latest.values()]
    current = [one for one in current if one.expires_at > now]
    updated = max([one.sent_at for one in current] + [newest or _NOTHING_YET])
    body = _feed(current, parts.settings.public_url, language, updated=updated)
    return _answer(body, f"{ATOM_TYPE}; charset=utf-8", if_none_match, language=language)


@router.get(
    "/alerts/{identifier}.xml",
    summary="A CAP 1.2 message",
    response_class=Response,
    responses={
        200: {"content": {CAP_TYPE: {}}},
        304: {"description": "as it was"},
        404: {"description": "there is no such message"},
    },
)
def get_cap_message(
    parts: PartsOf, identifier: str, if_none_match: Annotated[str | None, Header(max_length=1000)] = None
) -> Response:
    """Found by its identifier for as long as the ledger of alerts is stored, also when it is over."""
    alert_id = cap_messages.alert_of(identifier)
    with parts.transaction(None) as conn:
        latest = read_cap.revisions(conn, alert_id, now=datetime.now(UTC)) if alert_id else []
        found = [one for one in cap_messages.messages(latest, now=datetime.now(UTC)) if one.identifier == identifier]
        if not found:
            raise Problem(404, "message-not-found", "There is no such message", identifier[:100])
        body = _document(conn, parts, found[0])
    signer = parts.find(CapSigner)
    body = body if signer is None else signer.signed(body)
    return _answer(body, f"{CAP_TYPE}; charset=utf-8", if_none_match)


def _left_out(conn: Connection, latest: Mapping[UUID, Sequence[Revision]], by: By) -> frozenset[UUID]:
    in_force = [
        FloodAlert(id=one.alert_id, is_gauge=one.is_gauge, level=latest[one.alert_id][-1].level, areas=one.areas)
        for one in read_cap.coverage(conn, list(latest))
        if not one.is_over
    ]
    return left_out(in_force, by)


def _document(conn: Connection, parts: Parts, message: Message) -> bytes:
    regions = read_cap.regions(conn, message.latest.alert_id)
    spot = read_cap.spot(conn, message.latest.alert_id)
    # Without any area a message may not be; the place then is in its headline.
    if not regions and spot is None:
        regions = [read_cap.Region(id="", name=message.latest.headline_en, geometry=None)]
    public = parts.settings.public_url
    host = urlsplit(public).hostname or "localhost"
    origin = Origin(
        sender=f"siaga@{host}",
        name=f"Siaga ({host})",
        web=f"{public}{_page(regions, spot)}",
        status=parts.settings.cap_status,
        zone=policy.current(conn).zone,
        contact=parts.settings.cap_contact,
    )
    return document(message, regions, spot, origin)


def _page(regions: Sequence[Region], spot: Spot | None) -> str:
    """Return the address of the page about the gauge or the area of an alert."""
    if spot is not None:
        return f"/gauges/{quote(spot.id, safe='')}"
    named = [region.id for region in regions if region.id]
    return f"/areas/{quote(named[0], safe='')}" if len(named) == 1 else "/"


def _feed(current: list[Message], public_url: str, language: Language, *, updated: datetime) -> bytes:
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    address = f"{public_url}{BASE}/feed.xml"
    add(root, "id", address)
    add(root, "title", _TITLES[language])
    add(root, "updated", _time(updated))
    ET.SubElement(root, "link", {"rel": "self", "type": ATOM_TYPE, "href": address})
    add(ET.SubElement(root, "author"), "name", "Siaga")
    for message in sorted(current, key=lambda one: (one.sent_at, one.identifier), reverse=True):
        root.append(_entry(message, public_url, language))
    return write(root)


def _entry(message: Message, public_url: str, language: Language) -> ET.Element:
    entry, latest = ET.Element("entry"), message.latest
    address = f"{public_url}{BASE}/alerts/{message.identifier}.xml"
    add(entry, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, message.identifier)}")
    add(entry, "title", latest.headline_id if language == "id" else latest.headline_en)
    add(entry, "updated", _time(message.sent_at))
    add(entry, "published", _time(message.sent_at))
    ET.SubElement(entry, "link", {"rel": "alternate", "type": CAP_TYPE, "href": address})
    ET.SubElement(entry, "category", {"term": message.kind})
    add(entry, "summary", latest.text_id if language == "id" else latest.text_en)
    return entry


def _answer(body: bytes, kind: str, if_none_match: str | None, *, language: Language | None = None) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=5, stale-while-revalidate=10, stale-if-error=600",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        **({"Content-Language": language, "Vary": "Accept-Language"} if language else {}),
    }
    sent = {one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")}
    if etag in sent or "*" in sent:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
