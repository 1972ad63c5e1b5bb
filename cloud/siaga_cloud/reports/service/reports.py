"""Creates citizens' reports from all channels: each is stored, becomes a signal and is matched to incidents in one
transaction.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
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
    reported. `secret`: by which the reporter follows it; None: one is drawn.
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
    secret: str | None = field(default=None, repr=False)


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
    check_report(new, now)
    if new.external_id and db.by_external_id(conn, channel=new.channel, external_id=new.external_id):
        raise ConflictError(f"{new.channel} has delivered {new.external_id} before", code="already_delivered")
    (filed,) = file_reports(conn, [new], areas=areas, now=now)
    record_intake(filed.report_id, new, began=now)
    return filed


def record_intake(report_id: UUID, new: NewReport, *, began: datetime) -> None:
    """Log that a report was accepted and record the step of its journey, on behalf of the request that brought it."""
    with journey.step("intake", report_id, str(report_id), began=began, channel=new.channel, category=new.category):
        log.info("report accepted", extra={"channel": new.channel, "category": new.category})


def file_reports(
    conn: Connection,
    news: Sequence[NewReport],
    *,
    areas: AreaLookup,
    now: datetime,
    decide_at: datetime | None = None,
) -> list[FiledReport]:
    """Store reports that were checked and did not come before, with as many statements as one of them needs.

    They are matched to incidents not before `decide_at`. `record_intake` of each is the caller's, who knows which
    request brought it.
    """
    if not news:
        return []
    found = areas.at_many(conn, [(new.lat, new.lon) for new in news])
    secrets_of = [new.secret or secrets.token_urlsafe(16) for new in news]
    reports = [
        _report(new, secret=secret, area_id=area_id, now=now)
        for new, secret, area_id in zip(news, secrets_of, found, strict=True)
    ]
    photos = [photo for new in news for photo in new.photos]
    db.save_photos(conn, photos, now=now)
    redaction.request(conn, [photo.id for photo in photos], now=now)
    db.save(conn, reports)
    signals.save(conn, [_signal(report, new) for report, new in zip(reports, news, strict=True)])
    origins = {report.id: new.origin for report, new in zip(reports, news, strict=True)}
    signals.save_origins(conn, origins, received_at=now)
    jobs.defer_signals(conn, [report.id for report in reports], not_before=decide_at)
    live.announce_many(conn, "report", {str(report.id): now for report in reports})
    return [FiledReport(report_id=one.id, secret=secret) for one, secret in zip(reports, secrets_of, strict=True)]


def secret_hash(secret: str) -> bytes:
    """Return how a follow-up secret is looked up."""
    return hashlib.sha256(secret.encode()).digest()


def check_report(new: NewReport, now: datetime) -> None:
    """Raise InvalidError with the first thing that is wrong with a report."""
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


def _report(new: NewReport, *, secret: str, area_id: str | None, now: datetime) -> Report:
    return Report(
        id=uuid7(now),
        channel=new.channel,
        external_id=new.external_id,
        secret_sha256=secret_hash(secret),
        category=new.category,
        body=new.body.strip(),
        lat=new.lat,
        lon=new.lon,
        area_id=area_id,
        reporter_hash=reporter_hash(new.reporter),
        happened_at=new.happened_at or now,
        received_at=now,
        media_ids=tuple(photo.id for photo in new.photos),
        contact=new.contact,
    )


def _signal(report: Report, new: NewReport) -> SignalRow:
    return SignalRow(
        id=report.id,
        kind="report",
        category=report.category,
        source_key=f"citizen:{report.reporter_hash}",
        confidence=STRENGTH_WITH_PHOTO if new.photos else STRENGTH_WITHOUT,
        severity=_severity(report.category),
        lat=report.lat,
        lon=report.lon,
        began_at=report.happened_at,
        last_at=report.happened_at,
        ended_at=None,
        measured_at=report.received_at,
        received_at=report.received_at,
        note="",
        depth_cm=new.depth_cm,
    )


def _severity(category: str) -> str:
    found = find_hazard(category)
    return "minor" if found is None else found.severity
