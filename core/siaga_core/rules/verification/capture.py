"""Whether a proof photo was made in place, as the server prompted: facts in, a grade with its reasons out.

A browser cannot prove what its camera saw; the rule only makes a lie laborious. A capture is `challenged` where
everything that can be checked was checked and agrees. Whatever is missing or differs makes it `gallery`, which is not a
verdict: such a photo is never trusted without another look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from siaga_core.rules.geometry import LatLon, distance_m


class CaptureGrade(StrEnum):
    """How much a proof photo is worth by itself."""

    CHALLENGED = "challenged"
    GALLERY = "gallery"


class Direction(StrEnum):
    """Where the camera shall be moved for the second photo."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class CaptureReason(StrEnum):
    """Why a photo is only `gallery`."""

    UPLOADED = "uploaded"
    CHALLENGE_UNKNOWN = "challenge_unknown"
    CHALLENGE_USED = "challenge_used"
    NOT_SIGNED = "not_signed"
    PHOTO_CHANGED = "photo_changed"
    OUTSIDE_VALIDITY = "outside_validity"
    SENT_TOO_SOON = "sent_too_soon"
    TOO_FAR_APART = "too_far_apart"
    NO_POSITION = "no_position"
    NOT_NEAR = "not_near"
    NO_OVERLAP = "no_overlap"
    NOT_MOVED = "not_moved"
    WRONG_DIRECTION = "wrong_direction"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureChallenge:
    """What the server gave to one officer, task and device."""

    nonce: str
    direction: Direction
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPhoto:
    """What the signed statement says of one photo. `is_unchanged`: its digest is that of the uploaded file."""

    taken_at: datetime
    place: LatLon | None
    accuracy_m: float | None
    is_unchanged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoShift:
    """How the matched points moved from the first photo to the second, in shares of its longer side.

    `x` is positive to the right and `y` downwards, as in an image: a camera that turns left moves them to the right.
    """

    inliers: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFacts:
    """Everything that the server knows of a capture. `challenge` None: there is none of this id for this task,
    officer and device.
    """

    challenge: CaptureChallenge | None
    nonce: str
    is_used: bool
    is_signed: bool
    first: CapturedPhoto
    second: CapturedPhoto
    received_at: datetime
    task_place: LatLon
    shift: PhotoShift


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """From when on a capture does not agree with its challenge."""

    near_m: float = 150.0
    most_accuracy_m: float = 200.0
    tolerance_seconds: float = 120.0
    apart_seconds: float = 180.0
    inliers: int = 18
    least_shift_share: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """The grade of a proof photo and the reasons for a low one."""

    grade: CaptureGrade
    reasons: tuple[CaptureReason, ...]


UPLOADED: Final = CaptureResult(grade=CaptureGrade.GALLERY, reasons=(CaptureReason.UPLOADED,))

# In the language of the pages: Indonesian, English.
REASON_TEXTS: Final[Mapping[CaptureReason, tuple[str, str]]] = {
    CaptureReason.UPLOADED: (
        "Foto diunggah dari ponsel, bukan diambil di tempat dalam aplikasi",
        "The photo was uploaded from the phone and not made in place with the app",
    ),
    CaptureReason.CHALLENGE_UNKNOWN: (
        "Tantangan foto tidak dikenal untuk tugas, petugas, dan ponsel ini",
        "No capture challenge of this task, officer and phone is known",
    ),
    CaptureReason.CHALLENGE_USED: (
        "Tantangan foto sudah dipakai untuk foto lain",
        "The capture challenge was used for other photos before",
    ),
    CaptureReason.NOT_SIGNED: (
        "Foto tidak ditandatangani oleh kunci ponsel petugas",
        "The photos are not signed by the officer's phone",
    ),
    CaptureReason.PHOTO_CHANGED: (
        "Berkas foto bukan berkas yang ditandatangani",
        "The files are not those that were signed",
    ),
    CaptureReason.OUTSIDE_VALIDITY: (
        "Foto diambil di luar masa berlaku tantangannya",
        "The photos were not made while the challenge was valid",
    ),
    CaptureReason.SENT_TOO_SOON: (
        "Menurut ponsel, foto diambil setelah diterima server",
        "By the phone's time the photos were made after the server received them",
    ),
    CaptureReason.TOO_FAR_APART: (
        "Dua foto diambil terlalu berjauhan waktunya",
        "Too much time passed between the two photos",
    ),
    CaptureReason.NO_POSITION: ("Posisi ponsel tidak diketahui", "The position of the phone is not known"),
    CaptureReason.NOT_NEAR: ("Foto tidak diambil di dekat tempat tugas", "Not made near the place of the task"),
    CaptureReason.NO_OVERLAP: (
        "Kedua foto tidak tampak menunjukkan pemandangan yang sama",
        "The two photos do not seem to show the same view",
    ),
    CaptureReason.NOT_MOVED: (
        "Kedua foto menunjukkan pemandangan yang tidak bergeser",
        "The two photos show the same view unmoved",
    ),
    CaptureReason.WRONG_DIRECTION: (
        "Kamera tidak digeser ke arah yang diminta",
        "The camera was not moved in the prompted direction",
    ),
}

# The axis and the sign of the shift in the image that each direction causes.
_EXPECTED: Final[Mapping[Direction, tuple[int, int]]] = {
    Direction.LEFT: (1, 0),
    Direction.RIGHT: (-1, 0),
    Direction.UP: (0, 1),
    Direction.DOWN: (0, -1),
}


def judge(facts: CaptureFacts, limits: CaptureLimits = CaptureLimits()) -> CaptureResult:
    """Return the grade of a capture: `challenged` only where no reason speaks against it."""
    reasons = tuple(_reasons(facts, limits))
    return CaptureResult(grade=CaptureGrade.GALLERY if reasons else CaptureGrade.CHALLENGED, reasons=reasons)


def direction_of(draw: int) -> Direction:
    """Return the direction that belongs to a random number."""
    directions = tuple(Direction)
    return directions[draw % len(directions)]


def _reasons(facts: CaptureFacts, limits: CaptureLimits) -> Iterator[CaptureReason]:
    if not facts.is_signed:
        yield CaptureReason.NOT_SIGNED
    if not (facts.first.is_unchanged and facts.second.is_unchanged):
        yield CaptureReason.PHOTO_CHANGED
    if facts.challenge is None or facts.challenge.nonce != facts.nonce:
        yield CaptureReason.CHALLENGE_UNKNOWN
    else:
        yield from _reasons_of_challenge(facts, facts.challenge, limits)
    yield from _reasons_of_time(facts, limits)
    yield from _reasons_of_place(facts, limits)


def _reasons_of_challenge(
    facts: CaptureFacts, challenge: CaptureChallenge, limits: CaptureLimits
) -> Iterator[CaptureReason]:
    if facts.is_used:
        yield CaptureReason.CHALLENGE_USED
    tolerance = timedelta(seconds=limits.tolerance_seconds)
    if facts.first.taken_at < challenge.issued_at - tolerance or facts.second.taken_at > challenge.expires_at:
        yield CaptureReason.OUTSIDE_VALIDITY
    yield from _reasons_of_shift(facts.shift, challenge.direction, limits)


def _reasons_of_shift(shift: PhotoShift, direction: Direction, limits: CaptureLimits) -> Iterator[CaptureReason]:
    if shift.inliers < limits.inliers:
        yield CaptureReason.NO_OVERLAP
        return
    if max(abs(shift.x), abs(shift.y)) < limits.least_shift_share:
        yield CaptureReason.NOT_MOVED
        return
    x, y = _EXPECTED[direction]
    along = shift.x * x + shift.y * y
    across = shift.y if x else shift.x
    if along < limits.least_shift_share or along < abs(across):
        yield CaptureReason.WRONG_DIRECTION


def _reasons_of_time(facts: CaptureFacts, limits: CaptureLimits) -> Iterator[CaptureReason]:
    between = (facts.second.taken_at - facts.first.taken_at).total_seconds()
    if not 0 <= between <= limits.apart_seconds:
        yield CaptureReason.TOO_FAR_APART
    if facts.second.taken_at > facts.received_at + timedelta(seconds=limits.tolerance_seconds):
        yield CaptureReason.SENT_TOO_SOON


def _reasons_of_place(facts: CaptureFacts, limits: CaptureLimits) -> Iterator[CaptureReason]:
    photos = (facts.first, facts.second)
    known = [(one.place, one.accuracy_m or 0.0) for one in photos if one.place is not None]
    if not known:
        yield CaptureReason.NO_POSITION
        return
    away = (distance_m(place, facts.task_place) - min(limits.most_accuracy_m, error) for place, error in known)
    if max(away) > limits.near_m:
        yield CaptureReason.NOT_NEAR
