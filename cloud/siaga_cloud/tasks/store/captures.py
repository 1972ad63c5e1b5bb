"""Stores capture challenges and how proof photos answered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRow:
    """Represents a challenge. `statement_sha256` and `media_id` are of the capture that answered it."""

    id: UUID
    task_id: UUID
    user_id: str
    key_id: str
    nonce: str
    direction: str
    issued_at: datetime
    expires_at: datetime
    statement_sha256: bytes | None = None
    media_id: UUID | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoCaptureRow:
    """Represents how a proof photo was made."""

    media_id: UUID
    task_id: UUID
    grade: str
    reasons: Sequence[str]
    second_media_id: UUID | None
    challenge_id: UUID | None
    key_id: str | None
    statement: Mapping[str, Any]
    figures: Mapping[str, Any]
    received_at: datetime


_CHALLENGE = (
    "id, task_id, user_id, key_id, nonce, direction, issued_at, expires_at, statement_sha256, media_id, used_at"
)
_CAPTURE = "media_id, task_id, grade, reasons, second_media_id, challenge_id, key_id, statement, figures, received_at"


def open_challenge(
    conn: Connection, *, task_id: UUID, user_id: str, key_id: str, after: datetime
) -> ChallengeRow | None:
    """Return the unanswered challenge of a task, officer and device that is valid beyond a time."""
    found = conn.cursor(row_factory=class_row(ChallengeRow)).execute(
        f"SELECT {_CHALLENGE} FROM capture_challenge WHERE task_id = %s AND user_id = %s AND key_id = %s"  # noqa: S608
        " AND expires_at > %s AND used_at IS NULL ORDER BY issued_at LIMIT 1",
        (task_id, user_id, key_id, after),
    )
    return found.fetchone()


def lock_challenges(conn: Connection, *, task_id: UUID, user_id: str) -> None:
    """Let nobody else make a challenge for a task and officer until the transaction ends."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-capture:' || %s, 0))", (f"{task_id}/{user_id}",))


def direction_given(conn: Connection, *, task_id: UUID, user_id: str) -> str | None:
    """Return the direction that an officer was given before, since the task was opened the last time."""
    row = conn.execute(
        "SELECT challenge.direction FROM capture_challenge AS challenge JOIN task ON task.id = challenge.task_id"
        " WHERE challenge.task_id = %s AND challenge.user_id = %s AND challenge.issued_at >= task.started_at"
        " ORDER BY challenge.issued_at DESC LIMIT 1",
        (task_id, user_id),
    ).fetchone()
    return row["direction"] if row else None


def count_challenges(conn: Connection, *, user_id: str, since: datetime) -> int:
    """Return how many challenges an officer received since a time."""
    row = conn.execute(
        "SELECT count(*) AS n FROM capture_challenge WHERE user_id = %s AND issued_at >= %s", (user_id, since)
    ).fetchone()
    return int(row["n"]) if row else 0


def insert_challenge(conn: Connection, challenge: ChallengeRow) -> None:
    """Insert an unanswered challenge."""
    conn.execute(
        "INSERT INTO capture_challenge (id, task_id, user_id, key_id, nonce, direction, issued_at, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            challenge.id,
            challenge.task_id,
            challenge.user_id,
            challenge.key_id,
            challenge.nonce,
            challenge.direction,
            challenge.issued_at,
            challenge.expires_at,
        ),
    )


def lock_challenge(conn: Connection, challenge_id: UUID) -> ChallengeRow | None:
    """Return a challenge and hold it until the transaction ends."""
    found = conn.cursor(row_factory=class_row(ChallengeRow)).execute(
        f"SELECT {_CHALLENGE} FROM capture_challenge WHERE id = %s FOR UPDATE",  # noqa: S608
        (challenge_id,),
    )
    return found.fetchone()


def set_answer(conn: Connection, challenge_id: UUID, *, statement_sha256: bytes, media_id: UUID, now: datetime) -> None:
    """Record the capture that answered a challenge."""
    conn.execute(
        "UPDATE capture_challenge SET statement_sha256 = %s, media_id = %s, used_at = %s WHERE id = %s",
        (statement_sha256, media_id, now, challenge_id),
    )


def insert_capture(conn: Connection, capture: PhotoCaptureRow) -> None:
    """Insert how a proof photo was made."""
    conn.execute(
        f"INSERT INTO photo_capture ({_CAPTURE}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        (
            capture.media_id,
            capture.task_id,
            capture.grade,
            list(capture.reasons),
            capture.second_media_id,
            capture.challenge_id,
            capture.key_id,
            Jsonb(dict(capture.statement)),
            Jsonb(dict(capture.figures)),
            capture.received_at,
        ),
    )


def capture(conn: Connection, media_id: UUID) -> PhotoCaptureRow | None:
    """Return how a proof photo was made; None where nothing says so."""
    found = conn.cursor(row_factory=class_row(PhotoCaptureRow)).execute(
        f"SELECT {_CAPTURE} FROM photo_capture WHERE media_id = %s",  # noqa: S608
        (media_id,),
    )
    return found.fetchone()


def captures(conn: Connection, media_ids: Sequence[UUID]) -> dict[UUID, PhotoCaptureRow]:
    """Return how each of these proof photos was made, where anything says so."""
    found = conn.cursor(row_factory=class_row(PhotoCaptureRow)).execute(
        f"SELECT {_CAPTURE} FROM photo_capture WHERE media_id = ANY (%s)",  # noqa: S608
        (list(media_ids),),
    )
    return {one.media_id: one for one in found}


def delete_expired(conn: Connection, *, before: datetime) -> None:
    """Delete challenges that expired before a time."""
    conn.execute("DELETE FROM capture_challenge WHERE expires_at < %s", (before,))
