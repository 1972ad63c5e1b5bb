"""Accepts a checked form: photos go to the media folder and the report to the service."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.connectors import store as connectors
from siaga_cloud.media import redaction
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import Photo
from siaga_cloud.platform.media.photo_hash import fingerprint
from siaga_cloud.reports.form import Report
from siaga_cloud.reports.service.reports import NewReport, file_report, secret_hash
from siaga_cloud.reports.store import keys as report_keys
from siaga_cloud.reports.store import reports as stored_reports
from siaga_cloud.reports.store.reports import Contact, Media
from siaga_cloud.signals.store import SignalOrigin
from siaga_core.wire.ids import uuid7

CHANNEL: Final = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Describes who sends a report. `name` only joins reports of one reporter; `is_account`: a phone or messenger
    proves it. `device_key` is the key of an installed page that signed the request; `network` is the prefix of the
    sender's address, or names the partner that passes the report on.
    """

    name: str
    is_account: bool = False
    device_key: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedReport:
    """Holds the answer to a sender. `repeated` means that the report was received before and nothing was stored
    twice."""

    report_id: UUID
    secret: str
    repeated: bool


def accept_report(
    conn: Connection,
    report: Report,
    *,
    sender: Sender,
    media: MediaFolder,
    areas: AreaLookup,
    now: datetime,
    happened_at: datetime | None = None,
) -> AcceptedReport:
    """Stores a report once, however often it is sent with the same key."""
    accepted = _stored_once(conn, report, sender, happened_at, media=media, areas=areas, now=now)
    # Last, as senders at the same time wait for this one row.
    lag = (now - happened_at).total_seconds() if happened_at else 0.0
    connectors.count_success(conn, CHANNEL, repeated=accepted.repeated, lag_seconds=lag, now=now)
    return accepted


def _stored_once(
    conn: Connection,
    report: Report,
    sender: Sender,
    happened_at: datetime | None,
    *,
    media: MediaFolder,
    areas: AreaLookup,
    now: datetime,
) -> AcceptedReport:
    if report.key is None:
        new = replace(_new(report, sender, media, now), happened_at=happened_at)
        accepted = file_report(conn, new, areas=areas, now=now)
        return AcceptedReport(report_id=accepted.report_id, secret=accepted.secret, repeated=False)
    report_keys.lock_key(conn, report.key)
    secret = _secret_of(report.key)
    before = stored_reports.by_external_id(conn, channel=CHANNEL, external_id=str(report.key))
    if before is not None:
        return AcceptedReport(report_id=before, secret=secret, repeated=True)
    new = replace(_new(report, sender, media, now), happened_at=happened_at)
    accepted = file_report(conn, new, areas=areas, now=now)
    report_keys.set_secret(conn, accepted.report_id, secret_hash(secret))
    return AcceptedReport(report_id=accepted.report_id, secret=secret, repeated=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Describes how a report of another channel arrived. `source_ids` identify it, the one to store first; `lock` is
    the same for all deliveries that may be of one report; `stored_photos` are in the media folder already.
    """

    channel: str
    lock: str
    source_ids: tuple[str, ...]
    contact: Contact | None = None
    depth_cm: float | None = None
    happened_at: datetime | None = None
    stored_photos: tuple[Media, ...] = ()


def accept_once(
    conn: Connection,
    report: Report,
    delivery: Delivery,
    *,
    sender: Sender,
    media: MediaFolder,
    areas: AreaLookup,
    now: datetime,
) -> AcceptedReport:
    """Stores a report of another channel once, however often it is delivered; the secret of a repeat is not known."""
    lock = hashlib.sha256(f"{delivery.channel} {delivery.lock}".encode()).digest()
    report_keys.lock_key(conn, UUID(bytes=lock[:16]))
    for source_id in delivery.source_ids:
        before = stored_reports.by_external_id(conn, channel=delivery.channel, external_id=source_id)
        if before is not None:
            return AcceptedReport(report_id=before, secret="", repeated=True)
    new = _new(report, sender, media, now)
    new = replace(
        new,
        photos=(*delivery.stored_photos, *new.photos),
        origin=replace(new.origin, photos=(*_stored_prints(delivery.stored_photos, media), *new.origin.photos)),
        channel=delivery.channel,
        external_id=delivery.source_ids[0],
        contact=delivery.contact,
        depth_cm=delivery.depth_cm,
        happened_at=delivery.happened_at,
    )
    accepted = file_report(conn, new, areas=areas, now=now)
    return AcceptedReport(report_id=accepted.report_id, secret=accepted.secret, repeated=False)


def store_photo(photo: Photo, kind: str, *, media: MediaFolder, by: str | None, now: datetime) -> Media:
    """Writes a photo to the media folder; the row about it is the caller's to save."""
    media.persist(photo.jpeg)
    return Media(
        id=uuid7(now),
        sha256=photo.sha256,
        kind="proof" if kind == "proof" else "report",
        mime="image/jpeg",
        size_bytes=len(photo.jpeg),
        width=photo.width,
        height=photo.height,
        taken_at=photo.taken_at,
        lat=photo.place.lat if photo.place else None,
        lon=photo.place.lon if photo.place else None,
        uploaded_by=by,
    )


def save_photo(conn: Connection, photo: Media, *, now: datetime) -> None:
    """Saves the row of a stored photo and requests its redaction; before that, only staff can see it."""
    stored_reports.save_media(conn, photo, now=now)
    redaction.request(conn, [photo.id], now=now)


def _new(report: Report, sender: Sender, media: MediaFolder, now: datetime) -> NewReport:
    return NewReport(
        channel=CHANNEL,
        category=report.category,
        body=report.text,
        lat=report.place.lat,
        lon=report.place.lon,
        reporter=f"device:{sender.device_key}" if sender.device_key else sender.name,
        origin=SignalOrigin(
            is_account=sender.is_account,
            device_key=sender.device_key,
            network=sender.network,
            photos=tuple(fingerprint(photo.jpeg) for photo in report.photos),
        ),
        photos=tuple(store_photo(photo, "report", media=media, by=None, now=now) for photo in report.photos),
        external_id=str(report.key) if report.key else None,
        depth_cm=report.depth_cm,
    )


def _stored_prints(photos: tuple[Media, ...], media: MediaFolder) -> tuple[int, ...]:
    return tuple(fingerprint(media.read(photo.sha256)) for photo in photos)


def _secret_of(key: UUID) -> str:
    # From the key that only the sender knows, so that a repeat can be answered although only a hash is stored.
    digest = hashlib.sha256(b"siaga follow-up of " + key.bytes).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
