"""Draws the sample of tasks that people verify, with a secret of the day that is committed to before the day begins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.store import sampling as db
from siaga_cloud.tasks.store.sampling import SamplingDayRow
from siaga_core.rules.verification import sampling as rules
from siaga_core.rules.verification.sampling import Draw

MOST_DRAWS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayVerification:
    """Holds how many draws of a revealed day were computed again, and what does not hold."""

    day: date
    draws: int
    deviations: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDraw:
    """Holds a draw with the day whose secret made it."""

    day: date
    message: str
    value: float


def draw(conn: Connection, *, task_id: str, photo_sha256: str, resolved_at: datetime, now: datetime) -> SampleDraw:
    """Draw for a task whose photo is in."""
    day = rules.day_of(now)
    secret = _secret(conn, day, now=now)
    message = rules.draw_message(task_id=task_id, photo_sha256=photo_sha256, resolved_at=resolved_at)
    return SampleDraw(day=day, message=message, value=rules.draw_of(secret, message))


def commit_days(conn: Connection, *, now: datetime) -> int:
    """Commit to the secrets of today and tomorrow, and publish those of days that are over; return how many changed."""
    today = rules.day_of(now)
    made = sum(_commit(conn, day, now=now) for day in (today, today + timedelta(days=1)))
    over = [day for day in db.unrevealed(conn) if rules.is_revealed(day, now=now)]
    db.set_revealed(conn, over, now=now)
    return made + len(over)


def verify_day(conn: Connection, day: SamplingDayRow) -> DayVerification:
    """Compute the draws of a revealed day again; raises ValueError for a day that is not revealed."""
    if day.secret is None:
        raise ValueError(f"the secret of {day.day} is not revealed")
    drawn = [Draw(message=one.message, value=one.draw) for one in db.draws(conn, day.day, limit=MOST_DRAWS)]
    deviations = rules.deviations(bytes(day.secret), day.commitment, drawn)
    return DayVerification(day=day.day, draws=len(drawn), deviations=deviations)


def _secret(conn: Connection, day: date, *, now: datetime) -> bytes:
    """Return the secret of a day. Where the worker was down the day before, the day is committed to when it is first
    needed, and its `committed_at` states so.
    """
    _commit(conn, day, now=now)
    held = db.secret_of(conn, day)
    if held is None:
        raise LookupError(f"the sampling secret of {day} is gone")
    return held


def _commit(conn: Connection, day: date, *, now: datetime) -> bool:
    secret = secrets.token_bytes(rules.SECRET_BYTES)
    return db.insert(conn, day, secret=secret, commitment=rules.commitment_of(secret), now=now)
