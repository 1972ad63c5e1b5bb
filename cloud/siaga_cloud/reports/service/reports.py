"""Creates citizens' reports from all channels: each is stored, becomes a signal and is matched to incidents in one
transaction.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.media import redaction
from siaga_cloud.people.service.reporter_hashes import reporter_hash
from siaga_cloud.platform.db import jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_cloud.platform.media.photo import MAX_PHOTOS
from siaga_cloud.platform.observe import journey
from siaga_cloud.reports.store import reports as db
from siaga_cloud.reports.store.reports import Contact, Media, Report
from siaga_cloud.signals import store as signals
from siaga_cloud.signals.store import SignalOrigin, SignalRow
from siaga_core.hazards import find_hazard
from siaga_core.wire.ids import uuid7

MAX_BODY_CHARACTERS = 4000
MAX_AGE = timedelta(days=7)

# A photo is worth something; how far citizens are believed at all is the reliability of their kind.
STRENGTH_WITH_PHOTO, STRENGTH_WITHOUT = 1.0, 0.8


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """Holds what a channel passes on. `reporter` is what the reporter is called; only its hash is stored. `origin` is
    the evidence about the sender: a name alone makes nobody a source of their own.

    `photos` are in the media folder already, re-encoded. `depth_cm` is the depth of water on the street, where it was
    reported.
    """

    channel: str
    category: str
    body: str
    lat: float
    lon: float
    reporter: str
    origin: SignalOrigin = field(default_factory=SignalOrigin)
    photos: tuple[Media, ...] = ()
    contact: Contact | None = None
    external_id: str | None = None
    happened_at: datetime | None = None
    depth_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledReport:
    """Holds the id of the report and the secret by which its reporter follows it; only the hash of the secret is
    stored.
    """

    report_id: UUID
    secret: str


def file_report(conn: Connection, new: NewReport, *, areas: AreaLookup, now: datetime) -> FiledReport:
    """Store a report and queue its matching to an incident; raises InvalidError, ConflictError for one that came
    before.
    """
    _check(new, now)
    if new.external_id and db.by_external_id(conn, channel=new.channel, external_id=new.external_id):
        raise ConflictError(f"{new.channel} has delivered {new.external_id} before", code="already_delivered")
    secret = secrets.token_urlsafe(16)
    report = _report(conn, new, secret=secret, areas=areas, now=now)
    for photo in new.photos:
        db.save_media(conn, photo, now=now)
    redaction.request(conn, [photo.id for photo in new.photos], now=now)
    with journey.step("intake", report.id, str(report.id), channel=new.channel, category=new.category):
        db.save(conn, report, media_ids=[photo.id for photo in new.photos], contact=new.contact)
        signals.save(conn, [_signal(report, has_photo=bool(new.photos), depth_cm=new.depth_cm)])
        signals.save_origin(conn, report.id, new.origin, received_at=now)
        jobs.defer_signals(conn, [report.id])
        live.announce(conn, "report", report.id, now)
        log.info("report accepted", extra={"channel": new.channel, "category": new.category})
    return FiledReport(report_id=report.id, secret=secret)


def secret_hash(secret: str) -> bytes:
    """Return how a follow-up secret is looked up."""
    return hashlib.sha256(secret.encode()).digest()


def _check(new: NewReport, now: datetime) -> None:
    if new.category not in CATEGORIES:
        raise InvalidError(
            f"category: got {new.category!r}, expected one of {', '.join(CATEGORIES)}", code="category_unknown"
        )
    if not (-90 <= new.lat <= 90 and -180 <= new.lon <= 180):
        raise InvalidError(
            f"lat, lon: got {new.lat}, {new.lon}, expected degrees on this planet", code="coordinates_out_of_range"
        )
    if len(new.body) > MAX_BODY_CHARACTERS:
        raise InvalidError(
            f"text: got {len(new.body)} characters, expected at most {MAX_BODY_CHARACTERS}",
            code="text_too_long",
            most=MAX_BODY_CHARACTERS,
        )
    if "\x00" in new.body:
        raise InvalidError("text: got a NUL character, expected text", code="nul_character")
    if len(new.photos) > MAX_PHOTOS:
        raise InvalidError(
            f"photo: got {len(new.photos)}, expected at most {MAX_PHOTOS}", code="too_many_photos", most=MAX_PHOTOS
        )
    if new.happened_at is not None and not now - MAX_AGE <= new.happened_at <= now + timedelta(hours=1):
        raise InvalidError(
            f"happened_at: got {new.happened_at.isoformat()}, expected within the last 7 days",
            code="time_too_old",
        )


def _report(conn: Connection, new: NewReport, *, secret: str, areas: AreaLookup, now: datetime) -> Report:
    return Report(
        id=uuid7(now),
        channel=new.channel,
        external_id=new.external_id,
        secret_sha256=secret_hash(secret),
        category=new.category,
        body=new.body.strip(),
        lat=new.lat,
        lon=new.lon,
        area_id=areas.at(conn, lat=new.lat, lon=new.lon),
        reporter_hash=reporter_hash(new.reporter),
        happened_at=new.happened_at or now,
        received_at=now,
    )


def _signal(report: Report, *, has_photo: bool, depth_cm: float | None) -> SignalRow:
    return SignalRow(
        id=report.id,
        kind="report",
        category=report.category,
        source_key=f"citizen:{report.reporter_hash}",
        confidence=STRENGTH_WITH_PHOTO if has_photo else STRENGTH_WITHOUT,
        severity=_severity(report.category),
        lat=report.lat,
        lon=report.lon,
        began_at=report.happened_at,
        last_at=report.happened_at,
        ended_at=None,
        measured_at=report.received_at,
        received_at=report.received_at,
        note="",
        depth_cm=depth_cm,
    )


def _severity(category: str) -> str:
    found = find_hazard(category)
    return "minor" if found is None else found.severity
