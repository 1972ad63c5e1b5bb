"""Accepts a checked form: photos go to the media folder and the report to the service."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.connectors import store as connectors
from siaga_cloud.media import redaction
from siaga_cloud.people.service import device_keys
from siaga_cloud.people.service.device_keys import SignedRequest
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo import Photo
from siaga_cloud.platform.media.photo_hash import fingerprint
from siaga_cloud.reports.form import Report
from siaga_cloud.reports.service import privacy
from siaga_cloud.reports.service.reports import (
    FiledReport,
    NewReport,
    check_report,
    file_report,
    file_reports,
    record_intake,
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedReport:
    """Holds a checked report that is not stored yet, whose photos are in the media folder already.

    `signed`: the signature of its request, which is verified in the transaction that stores the report.
    """

    new: NewReport
    key: UUID | None
    arrived_at: datetime
    signed: SignedRequest | None = None
    privacy_version: str | None = None


def arrived_report(
    report: Report,
    *,
    sender: Sender,
    media: MediaFolder,
    now: datetime,
    happened_at: datetime | None = None,
    signed: SignedRequest | None = None,
    privacy_version: str | None = None,
) -> ArrivedReport:
    """Return a report that can be stored, and write its photos to the media folder."""
    secret = _secret_of(report.key) if report.key is not None else None
    new = replace(_new(report, sender, media, now), happened_at=happened_at, secret=secret)
    return ArrivedReport(new=new, key=report.key, arrived_at=now, signed=signed, privacy_version=privacy_version)


def accept_report(conn: Connection, arrived: ArrivedReport, *, areas: AreaLookup, now: datetime) -> AcceptedReport:
    """Store a report once, however often it is sent with the same key; raises InvalidError."""
    (answer,) = accept_reports(conn, [arrived], areas=areas, now=now)
    return receipt_of(arrived, answer)


def receipt_of(arrived: ArrivedReport, answer: AcceptedReport | InvalidError) -> AcceptedReport:
    """Return the receipt of a report that was stored, with others or alone; raises InvalidError."""
    if isinstance(answer, InvalidError):
        raise answer
    if not answer.repeated:
        record_intake(answer.report_id, arrived.new, began=arrived.arrived_at)
    return answer


def accept_reports(
    conn: Connection,
    arrived: Sequence[ArrivedReport],
    *,
    areas: AreaLookup,
    now: datetime,
    decide_at: datetime | None = None,
) -> list[AcceptedReport | InvalidError]:
    """Store reports of different senders in one transaction; return the answer to each, also why it is refused.

    They are matched to incidents not before `decide_at`.
    """
    keys = [one.key for one in arrived if one.key is not None]
    report_keys.lock_keys(conn, keys)
    before = stored_reports.by_external_ids(conn, channel=CHANNEL, external_ids=[str(key) for key in keys])
    repeated = {UUID(key): report_id for key, report_id in before.items()}
    wrong = {place: error for place, one in enumerate(arrived) if (error := _wrong(one, repeated, now)) is not None}
    first = _first_of_each(arrived, skipped={*wrong}, repeated=repeated)
    news = [_with_evidence(conn, arrived[place], now) for place in first]
    filed = dict(zip(first, file_reports(conn, news, areas=areas, now=now, decide_at=decide_at), strict=True))
    of_key = repeated | {key: filed[place].report_id for place in first if (key := arrived[place].key) is not None}
    answers = [wrong.get(place) or _answer(one, filed.get(place), of_key) for place, one in enumerate(arrived)]
    _record_shown(conn, arrived, answers)
    _count(conn, arrived, answers, now=now)
    return answers


def _wrong(one: ArrivedReport, repeated: Mapping[UUID, UUID], now: datetime) -> InvalidError | None:
    """Return why a report is refused; one that was accepted before is not refused when it comes again."""
    if one.key in repeated:
        return None
    try:
        check_report(one.new, now)
    except InvalidError as error:
        return error
    return None


def _first_of_each(
    arrived: Sequence[ArrivedReport], *, skipped: Collection[int], repeated: Mapping[UUID, UUID]
) -> list[int]:
    """Return the places of the reports to store: of those with the same key only the first."""
    seen, first = set(repeated), list[int]()
    for place, one in enumerate(arrived):
        if place in skipped or (one.key is not None and one.key in seen):
            continue
        first.append(place)
        if one.key is not None:
            seen.add(one.key)
    return first


def _with_evidence(conn: Connection, one: ArrivedReport, now: datetime) -> NewReport:
    key = device_keys.verified_key(conn, one.signed, now=now)
    if key is None:
        return one.new
    return replace(one.new, reporter=f"device:{key}", origin=replace(one.new.origin, device_key=key))


def _answer(one: ArrivedReport, filed: FiledReport | None, of_key: Mapping[UUID, UUID]) -> AcceptedReport:
    if filed is not None:
        return AcceptedReport(report_id=filed.report_id, secret=filed.secret, repeated=False)
    if one.key is None:
        raise AssertionError("a report without a key is always stored")
    return AcceptedReport(report_id=of_key[one.key], secret=_secret_of(one.key), repeated=True)


def _record_shown(
    conn: Connection, arrived: Sequence[ArrivedReport], answers: Sequence[AcceptedReport | InvalidError]
) -> None:
    for one, answer in zip(arrived, answers, strict=True):
        if one.privacy_version is not None and isinstance(answer, AcceptedReport):
            privacy.record_shown(conn, answer.report_id, one.privacy_version)


def _count(
    conn: Connection,
    arrived: Sequence[ArrivedReport],
    answers: Sequence[AcceptedReport | InvalidError],
    *,
    now: datetime,
) -> None:
    """Count last, because senders at the same time wait for this one row."""
    accepted = [
        (one, answer) for one, answer in zip(arrived, answers, strict=True) if isinstance(answer, AcceptedReport)
    ]
    if not accepted:
        return
    happened_at = accepted[-1][0].new.happened_at
    connectors.count_delivery(
        conn,
        CHANNEL,
        received=len(accepted),
        repeated=sum(answer.repeated for _, answer in accepted),
        refused=0,
        lag_seconds=(now - happened_at).total_seconds() if happened_at else 0.0,
        now=now,
    )


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
