"""Stores where officers are, only on duty, with consent and rounded, and finds who is near and free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from siaga_cloud.people.store import positions as db
from siaga_cloud.people.store.positions import Duty, Position
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.wire.ids import uuid7

CONSENT_VERSION: Final = "2026-12"  # the first that names leaders: policies.sql shows them none of an earlier one
CONSENT: Final = {
    "id": (
        "Selama bertugas, posisi Anda dikirim ke Siaga agar tugas terdekat dapat diberikan kepada Anda dan waktu tiba "
        "dapat diukur. Yang melihatnya: kepala instansi atau wilayah Anda, operator dan pimpinan kota. Posisi disimpan "
        "30 hari, lalu dihapus. Saat Anda selesai bertugas, tidak ada lagi yang dikirim."
    ),
    "en": (
        "While you are on duty, your position is sent to Siaga so that the nearest task can be given to you and the "
        "time until arrival can be measured. It is seen by the heads of your agency or area, by operators and by the "
        "leaders of the city. "
        "Positions are kept for 30 days, then deleted. Once you go off duty, nothing more is sent."
    ),
}
MAX_BATCH: Final = 100
RETENTION: Final = timedelta(days=30)
FRESH: Final = timedelta(minutes=30)
_FUTURE: Final = timedelta(minutes=2)
_CANDIDATES: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class NearOfficer:
    """Represents an officer on duty without a task in hand. `distance_m` is a straight line."""

    user_id: str
    name: str
    distance_m: float
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsResult:
    """Counts the outcomes of a batch: refused ones were measured off duty, too long ago or in the future."""

    stored: int
    repeated: int
    refused: int


def set_duty(conn: Connection, user_id: str, *, on: bool, consent_version: str | None, now: datetime) -> Duty | None:
    """Begins or ends duty and returns the span that lasts; raises InvalidError without consent to the text of now."""
    if not on:
        db.end_duty(conn, user_id, now=now)
        return None
    if consent_version != CONSENT_VERSION:
        raise InvalidError(
            f"consent_version: got {consent_version!r}, expected {CONSENT_VERSION!r}, the text of now",
            code="consent_changed",
        )
    wanted = Duty(
        id=uuid7(now), user_id=user_id, began_at=now, ended_at=None, consent_version=consent_version, consent_at=now
    )
    db.begin_duty(conn, wanted)
    return db.duty(conn, user_id)


def record_batch(
    conn: Connection, user_id: str, positions: Sequence[Position], *, decimals: int, now: datetime
) -> PositionsResult:
    """Stores positions that were measured on duty, rounded to so many decimals of a degree (4: about 11 m).

    Those that waited on the phone come late and are stored all the same; raises ConflictError where the officer was not
    on duty at any of these times.
    """
    if not 0 < len(positions) <= MAX_BATCH:
        raise InvalidError(
            f"positions: got {len(positions)}, expected 1 to {MAX_BATCH}", code="too_many_positions", most=MAX_BATCH
        )
    spans = db.duties(conn, user_id, since=now - RETENTION)
    good = [_rounded(one, decimals) for one in positions if _is_on_duty(one, spans, now)]
    if not good:
        raise ConflictError("no position is taken off duty: POST /api/v1/me/duty first", code="off_duty")
    added = db.save(conn, user_id, good, now=now)
    db.move_newest(conn, user_id, max(good, key=lambda one: one.measured_at))
    return PositionsResult(stored=added, repeated=len(good) - added, refused=len(positions) - len(good))


def nearest_free(
    conn: Connection, lat: float, lon: float, agency_id: str | None, limit: int = 5, *, now: datetime | None = None
) -> list[NearOfficer]:
    """Officers of an agency (None: of any) on duty with a fresh position and no unfinished task, nearest first."""
    here = LatLon(lat, lon)
    seen = db.on_duty(conn, agency_id=agency_id, seen_since=(now or datetime.now(UTC)) - FRESH, limit=_CANDIDATES)
    free = [
        NearOfficer(
            user_id=one.user_id,
            name=one.name,
            distance_m=distance_m(here, LatLon(one.lat, one.lon)),
            seen_at=one.seen_at,
        )
        for one in seen
        if one.tasks == 0 and one.lat is not None and one.lon is not None and one.seen_at is not None
    ]
    return sorted(free, key=lambda one: (one.distance_m, one.user_id))[:limit]


def forget_old(conn: Connection, *, now: datetime) -> None:
    """Drops positions that are older than 30 days."""
    db.forget(conn, before=now - RETENTION, limit=50_000)


def _rounded(one: Position, decimals: int) -> Position:
    return replace(one, lat=round(one.lat, decimals), lon=round(one.lon, decimals))


def _is_on_duty(one: Position, spans: Sequence[Duty], now: datetime) -> bool:
    if not now - RETENTION <= one.measured_at <= now + _FUTURE:
        return False
    return any(
        span.began_at <= one.measured_at and (span.ended_at is None or one.measured_at <= span.ended_at)
        for span in spans
    )
