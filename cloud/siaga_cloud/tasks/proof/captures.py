"""Gives capture challenges to the phones of officers and grades the photos that answer them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from siaga_cloud.people.service import device_keys
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, ForbiddenError, InvalidError
from siaga_cloud.platform.media.photo_hash import NotAnImageError
from siaga_cloud.platform.media.same_scene import decoded, homography
from siaga_cloud.tasks.store import captures as db
from siaga_cloud.tasks.store.captures import ChallengeRow, PhotoCaptureRow
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification import capture as rules
from siaga_core.rules.verification.capture import (
    REASON_TEXTS,
    CaptureChallenge,
    CapturedPhoto,
    CaptureFacts,
    CaptureGrade,
    CaptureReason,
    CaptureResult,
    Direction,
    PhotoShift,
)
from siaga_core.wire.ids import uuid7

VALID: Final = timedelta(hours=8)  # a shift; an officer may be without a connection for all of it
RENEWED_BEFORE: Final = timedelta(hours=1)
MOST_CHALLENGES: Final = 300  # an officer and day
MOST_STATEMENT_CHARACTERS: Final = 4_000
FORGET_AFTER: Final = timedelta(days=14)
SIGNED_PREFIX: Final = "siaga-capture-1\n"
_PHOTOS: Final = 2


class PhotoSensors(BaseModel):
    """Holds what the phone knew when it made one photo. `heading_degrees`, `pitch_degrees` and `roll_degrees` are of
    the orientation sensor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    taken_at: AwareDatetime
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    accuracy_m: Annotated[float | None, Field(ge=0, le=100_000)] = None
    heading_degrees: Annotated[float | None, Field(ge=-360, le=360)] = None
    pitch_degrees: Annotated[float | None, Field(ge=-360, le=360)] = None
    roll_degrees: Annotated[float | None, Field(ge=-360, le=360)] = None

    @property
    def place(self) -> LatLon | None:
        """Return where the phone was, where it knew."""
        return LatLon(self.lat, self.lon) if self.lat is not None and self.lon is not None else None


class CaptureStatement(BaseModel):
    """Holds what the device signed of a capture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    challenge_id: UUID
    nonce: Annotated[str, Field(min_length=1, max_length=64)]
    task_id: UUID
    key_id: Annotated[str, Field(min_length=1, max_length=64)]
    photos: Annotated[tuple[PhotoSensors, ...], Field(min_length=_PHOTOS, max_length=_PHOTOS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedCapture:
    """Holds a capture as it arrived. `first` and `second` are the uploaded files, unchanged."""

    statement: CaptureStatement
    signed_text: str
    signature: str
    first: bytes
    second: bytes

    @property
    def sha256(self) -> bytes:
        """Return the digest of what was signed, by which a repeat is recognised."""
        return hashlib.sha256(self.signed_text.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEvidence:
    """States how a proof photo was made, for the grades of proofs and for people.

    `is_always_sampled`: the photo alone proves nothing, so somebody or something else must look.
    """

    grade: CaptureGrade
    reasons: tuple[CaptureReason, ...]
    second_media_id: UUID | None = None
    figures: Mapping[str, Any]

    @property
    def is_always_sampled(self) -> bool:
        """Return whether a task with this photo is never closed without an independent look."""
        return self.grade is CaptureGrade.GALLERY

    def texts(self) -> list[dict[str, str]]:
        """Return the reasons for people, each by language."""
        return [dict(zip(("id", "en"), REASON_TEXTS[reason], strict=True)) for reason in self.reasons]


def capture_of(conn: Connection, media_id: UUID) -> CaptureEvidence:
    """Return how a proof photo was made; a photo that nothing is known of was uploaded (`gallery`)."""
    return _evidence(db.capture(conn, media_id))


def captures_of(conn: Connection, media_ids: Iterable[UUID]) -> dict[UUID, CaptureEvidence]:
    """Return how each of these proof photos was made."""
    wanted = list(media_ids)
    known = db.captures(conn, wanted)
    return {media_id: _evidence(known.get(media_id)) for media_id in wanted}


def evidence_of(grade: str | None, reasons: Iterable[str] | None) -> CaptureEvidence:
    """Return how a proof photo was made from its stored grade and reasons; None of both: it was uploaded."""
    if grade is None:
        return _evidence(None)
    return CaptureEvidence(
        grade=CaptureGrade(grade), reasons=tuple(CaptureReason(reason) for reason in reasons or ()), figures={}
    )


def challenge(conn: Connection, task_id: UUID, user_id: str, key_id: str | None, *, now: datetime) -> ChallengeRow:
    """Return the challenge for a task, officer and device, a new one where none is open.

    The same one is given again, and its direction to other devices and after a wrong answer, so that nobody can choose
    a direction by asking often. Raises ForbiddenError for a request that no device of this officer signed, and
    ConflictError for too many challenges.
    """
    if key_id is None or not device_keys.is_bound(conn, key_id, user_id):
        raise ForbiddenError("device-key-required", "the request is not signed by a device of this officer")
    db.lock_challenges(conn, task_id=task_id, user_id=user_id)
    held = db.open_challenge(conn, task_id=task_id, user_id=user_id, key_id=key_id, after=now + RENEWED_BEFORE)
    if held is not None:
        return held
    if db.count_challenges(conn, user_id=user_id, since=now - timedelta(days=1)) >= MOST_CHALLENGES:
        raise ConflictError(f"{user_id} received {MOST_CHALLENGES} challenges within a day", code="too_many_challenges")
    direction = db.direction_given(conn, task_id=task_id, user_id=user_id)
    made = ChallengeRow(
        id=uuid7(now),
        task_id=task_id,
        user_id=user_id,
        key_id=key_id,
        nonce=secrets.token_urlsafe(24),
        direction=direction or rules.direction_of(secrets.randbelow(len(Direction))),
        issued_at=now,
        expires_at=now + VALID,
    )
    db.insert_challenge(conn, made)
    return made


def read_statement(text: str) -> CaptureStatement:
    """Return a statement; raises InvalidError for what is none."""
    if len(text) > MOST_STATEMENT_CHARACTERS:
        raise InvalidError("statement: too long", code="invalid_capture_statement")
    try:
        return CaptureStatement.model_validate_json(text)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(str(part) for part in detail["loc"])
        raise InvalidError(f"statement: {where}: {detail['msg']}", code="invalid_capture_statement") from None


def repeated(conn: Connection, sent: UploadedCapture, user_id: str) -> UUID | None:
    """Return the photo of a capture that arrived before: the answer to it may have been lost on its way."""
    held = db.lock_challenge(conn, sent.statement.challenge_id)
    is_same = held is not None and held.user_id == user_id and held.statement_sha256 == sent.sha256
    return held.media_id if held is not None and is_same else None


def photo_shift(first: bytes, second: bytes) -> PhotoShift:
    """Return how the view moved between two clean photos; no matching points where one cannot be read."""
    try:
        before, after = decoded(first), decoded(second)
    except NotAnImageError:
        return PhotoShift(inliers=0, x=0.0, y=0.0)
    found = homography(before, after)
    if found is None:
        return PhotoShift(inliers=0, x=0.0, y=0.0)
    x, y = found.shift(before.shape)
    return PhotoShift(inliers=found.inliers, x=x, y=y)


def grade(
    conn: Connection,
    sent: UploadedCapture,
    *,
    task_id: UUID,
    task_place: LatLon,
    user_id: str,
    shift: PhotoShift,
    now: datetime,
) -> CaptureResult:
    """Return the grade of a capture by its challenge, its signature, both photos and where the phone was."""
    statement = sent.statement
    held = db.lock_challenge(conn, statement.challenge_id)
    is_own = held is not None and (held.task_id, held.user_id, held.key_id) == (task_id, user_id, statement.key_id)
    first, second = statement.photos
    return rules.judge(
        CaptureFacts(
            challenge=_challenge(held) if held is not None and is_own else None,
            nonce=statement.nonce,
            is_used=held is not None and held.used_at is not None,
            is_signed=statement.task_id == task_id and _is_signed(conn, sent, user_id),
            first=_photo(first, sent.first),
            second=_photo(second, sent.second),
            received_at=now,
            task_place=task_place,
            shift=shift,
        )
    )


def save(
    conn: Connection,
    sent: UploadedCapture,
    result: CaptureResult,
    *,
    task_id: UUID,
    media_id: UUID,
    second_media_id: UUID,
    shift: PhotoShift,
    now: datetime,
) -> None:
    """Store the grade of a capture with what it stands on, and that its challenge is answered."""
    statement = sent.statement
    figures = {"inliers": shift.inliers, "shift_x": round(shift.x, 3), "shift_y": round(shift.y, 3)}
    held = db.lock_challenge(conn, statement.challenge_id)
    if held is not None:
        figures["minutes_since_challenge"] = round((now - held.issued_at).total_seconds() / 60, 1)
    db.insert_capture(
        conn,
        PhotoCaptureRow(
            media_id=media_id,
            task_id=task_id,
            grade=result.grade,
            reasons=result.reasons,
            second_media_id=second_media_id,
            challenge_id=statement.challenge_id,
            key_id=statement.key_id,
            statement=statement.model_dump(mode="json"),
            figures=figures,
            received_at=now,
        ),
    )
    if held is not None and held.used_at is None and CaptureReason.CHALLENGE_UNKNOWN not in result.reasons:
        db.set_answer(conn, held.id, statement_sha256=sent.sha256, media_id=media_id, now=now)


def forget_old(conn: Connection, *, now: datetime) -> None:
    """Delete challenges that expired long ago; what answered them stays with the photo."""
    db.delete_expired(conn, before=now - FORGET_AFTER)


def _is_signed(conn: Connection, sent: UploadedCapture, user_id: str) -> bool:
    key_id = sent.statement.key_id
    key = device_keys.key_facts(conn, key_id)
    if key is None or not device_keys.is_bound(conn, key_id, user_id):
        return False
    return device_keys.is_signed(key.public_key, (SIGNED_PREFIX + sent.signed_text).encode(), sent.signature)


def _challenge(held: ChallengeRow) -> CaptureChallenge:
    return CaptureChallenge(
        nonce=held.nonce,
        direction=Direction(held.direction),
        issued_at=held.issued_at,
        expires_at=held.expires_at,
    )


def _photo(stated: PhotoSensors, uploaded: bytes) -> CapturedPhoto:
    return CapturedPhoto(
        taken_at=stated.taken_at,
        place=stated.place,
        accuracy_m=stated.accuracy_m,
        is_unchanged=hashlib.sha256(uploaded).hexdigest() == stated.sha256,
    )


def _evidence(held: PhotoCaptureRow | None) -> CaptureEvidence:
    if held is None:
        return CaptureEvidence(grade=rules.UPLOADED.grade, reasons=rules.UPLOADED.reasons, figures={})
    return CaptureEvidence(
        grade=CaptureGrade(held.grade),
        reasons=tuple(CaptureReason(reason) for reason in held.reasons),
        second_media_id=held.second_media_id,
        figures=held.figures,
    )
