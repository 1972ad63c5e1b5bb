"""The random sample of tasks that people verify: drawn with a secret of the day, so that nobody knows it beforehand,
and committed to, so that everybody can check it afterwards.

The hash of the secret is published before the day begins. A draw is the HMAC of the task, its photo and the time of the
resolution: it exists only after the photo is in. The secret is published when nothing can be gained with it any more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SECRET_BYTES = 32
REVEAL_AFTER = timedelta(days=2)  # after the end of the day


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A stored draw: what was signed, and the number that came out."""

    message: str
    value: float


def commitment_of(secret: bytes) -> str:
    """The SHA-256 of a secret in hex, as it is published beforehand."""
    return hashlib.sha256(secret).hexdigest()


def draw_message(*, task_id: str, photo_sha256: str, resolved_at: datetime) -> str:
    """What a draw depends on. The photo is in it, so that nobody can compute the draw before the photo is in."""
    return f"{task_id}/{photo_sha256}/{resolved_at.astimezone(UTC).isoformat(timespec='microseconds')}"


def draw_of(secret: bytes, message: str) -> float:
    """A number in 0..1: the first 64 bits of HMAC-SHA256(secret, message)."""
    digest = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def day_of(at: datetime) -> date:
    """The UTC day whose secret is used at a time."""
    return at.astimezone(UTC).date()


def is_revealed(day: date, *, now: datetime) -> bool:
    """Whether the secret of a day may be published."""
    ended_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return now >= ended_at + REVEAL_AFTER


def deviations(secret: bytes, commitment: str, draws: Sequence[Draw]) -> list[str]:
    """What does not hold of a revealed day, in words; nothing where the secret and every draw are right."""
    found = [] if hmac.compare_digest(commitment_of(secret), commitment) else ["the secret is not the committed one"]
    return found + [f"{one.message}: another draw" for one in draws if draw_of(secret, one.message) != one.value]
