"""Captures in place: what makes a proof photo `challenged`, and each single thing that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification.capture import (
    REASON_TEXTS,
    UPLOADED,
    CaptureChallenge,
    CapturedPhoto,
    CaptureFacts,
    CaptureGrade,
    CaptureReason,
    Direction,
    PhotoShift,
    direction_of,
    judge,
)

ISSUED = datetime(2026, 12, 1, 8, tzinfo=UTC)
TASK = LatLon(-6.2079, 106.8484)
NEAR = LatLon(-6.2085, 106.8484)  # 67 m
FAR = LatLon(-6.2179, 106.8484)  # 1.1 km
CHALLENGE = CaptureChallenge(
    nonce="n", direction=Direction.LEFT, issued_at=ISSUED, expires_at=ISSUED + timedelta(hours=8)
)
FIRST = CapturedPhoto(taken_at=ISSUED + timedelta(hours=1), place=NEAR, accuracy_m=20.0, is_unchanged=True)
SECOND = replace(FIRST, taken_at=FIRST.taken_at + timedelta(seconds=9))
GOOD = CaptureFacts(
    challenge=CHALLENGE, nonce="n", is_used=False, is_signed=True, first=FIRST, second=SECOND,
    received_at=ISSUED + timedelta(hours=10), task_place=TASK, shift=PhotoShift(inliers=60, x=0.15, y=0.02),
)  # fmt: skip


def at(minutes: float) -> datetime:
    return ISSUED + timedelta(minutes=minutes)


def test_a_capture_that_agrees_with_its_challenge_is_challenged_also_when_it_is_sent_hours_later() -> None:
    assert judge(GOOD).grade is CaptureGrade.CHALLENGED
    assert judge(GOOD).reasons == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (replace(GOOD, is_signed=False), CaptureReason.NOT_SIGNED),
        (replace(GOOD, first=replace(FIRST, is_unchanged=False)), CaptureReason.PHOTO_CHANGED),
        (replace(GOOD, second=replace(SECOND, is_unchanged=False)), CaptureReason.PHOTO_CHANGED),
        (replace(GOOD, challenge=None), CaptureReason.CHALLENGE_UNKNOWN),
        (replace(GOOD, nonce="other"), CaptureReason.CHALLENGE_UNKNOWN),
        (replace(GOOD, is_used=True), CaptureReason.CHALLENGE_USED),
        (replace(GOOD, first=replace(FIRST, taken_at=at(-3)), second=replace(SECOND, taken_at=at(-1))),
         CaptureReason.OUTSIDE_VALIDITY),
        (replace(GOOD, first=replace(FIRST, taken_at=at(479)), second=replace(SECOND, taken_at=at(481))),
         CaptureReason.OUTSIDE_VALIDITY),
        (replace(GOOD, received_at=at(50)), CaptureReason.SENT_TOO_SOON),
        (replace(GOOD, second=replace(SECOND, taken_at=at(64))), CaptureReason.TOO_FAR_APART),
        (replace(GOOD, second=replace(SECOND, taken_at=at(59))), CaptureReason.TOO_FAR_APART),
        (replace(GOOD, first=replace(FIRST, place=None), second=replace(SECOND, place=None)),
         CaptureReason.NO_POSITION),
        (replace(GOOD, second=replace(SECOND, place=FAR)), CaptureReason.NOT_NEAR),
        (replace(GOOD, first=replace(FIRST, place=FAR, accuracy_m=5000)), CaptureReason.NOT_NEAR),
        (replace(GOOD, shift=PhotoShift(inliers=4, x=0.15, y=0)), CaptureReason.NO_OVERLAP),
        (replace(GOOD, shift=PhotoShift(inliers=600, x=0.0, y=0.001)), CaptureReason.NOT_MOVED),
        (replace(GOOD, shift=PhotoShift(inliers=60, x=-0.15, y=0.0)), CaptureReason.WRONG_DIRECTION),
        (replace(GOOD, shift=PhotoShift(inliers=60, x=0.1, y=0.2)), CaptureReason.WRONG_DIRECTION),
        (replace(GOOD, shift=PhotoShift(inliers=60, x=0.01, y=0.2)), CaptureReason.WRONG_DIRECTION),
    ],
)  # fmt: skip
def test_each_single_disagreement_makes_it_gallery_and_is_named(changed: CaptureFacts, reason: CaptureReason) -> None:
    assert judge(changed).grade is CaptureGrade.GALLERY
    assert judge(changed).reasons == (reason,)


def test_one_known_position_is_enough_and_its_error_counts_in_favour() -> None:
    edge = LatLon(-6.2079 - 300 / 111_195, 106.8484)
    one = replace(GOOD, first=replace(FIRST, place=None), second=replace(SECOND, place=edge, accuracy_m=180.0))
    assert judge(one).grade is CaptureGrade.CHALLENGED
    unknown_error = replace(one, second=replace(SECOND, place=edge, accuracy_m=None))
    assert judge(unknown_error).reasons == (CaptureReason.NOT_NEAR,)


@pytest.mark.parametrize(
    ("direction", "x", "y"), [("left", 0.1, 0), ("right", -0.1, 0), ("up", 0, 0.1), ("down", 0, -0.1)]
)
def test_a_shift_answers_one_direction_only(direction: str, x: float, y: float) -> None:
    answered = [
        one
        for one in Direction
        if judge(
            replace(GOOD, challenge=replace(CHALLENGE, direction=one), shift=PhotoShift(inliers=60, x=x, y=y))
        ).grade
        is CaptureGrade.CHALLENGED
    ]
    assert answered == [direction]


@given(x=st.floats(-1, 1), y=st.floats(-1, 1))
def test_no_shift_answers_two_directions(x: float, y: float) -> None:
    shift = PhotoShift(inliers=60, x=x, y=y)
    grades = [judge(replace(GOOD, challenge=replace(CHALLENGE, direction=one), shift=shift)).grade for one in Direction]
    assert grades.count(CaptureGrade.CHALLENGED) <= 1 or abs(x) == abs(y)


def test_random_numbers_reach_every_direction_and_every_reason_has_words_in_both_languages() -> None:
    assert {direction_of(draw) for draw in range(8)} == set(Direction)
    assert set(REASON_TEXTS) == set(CaptureReason)
    assert all(both[0] and both[1] and both[0] != both[1] for both in REASON_TEXTS.values())
    assert UPLOADED.grade is CaptureGrade.GALLERY
