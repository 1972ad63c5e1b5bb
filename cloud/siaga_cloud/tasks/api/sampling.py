"""Serves the commitments, the revealed secrets and the draws of the random sample, so that anybody can check it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.tasks.store import sampling as db
from siaga_cloud.tasks.store.sampling import SamplingDayRow

router = APIRouter(tags=["proofs"])
MOST_DRAWS = 10_000


class SamplingDay(BaseModel):
    """Describes the secret of a UTC day that the sample of tasks is drawn with."""

    day: date
    commitment: Annotated[str, Field(description="SHA-256 of the secret, in hex; published before it is used")]
    committed_at: Annotated[datetime, Field(description="before the day began, unless the worker was down")]
    revealed_at: Annotated[datetime | None, Field(description="from two days after the end of the day")]
    secret: Annotated[str | None, Field(description="in hex, once it is revealed")]


class SampleDraw(BaseModel):
    """Describes one draw: the first 64 bits of HMAC-SHA256(secret, message), as a share of 2^64."""

    message: Annotated[str, Field(description="task, SHA-256 of the photo and time of the resolution")]
    draw: float
    share: Annotated[float, Field(description="a person verifies where the draw is below")]
    method: Annotated[str, Field(description="who verifies: camera, reporter, operator; checks: nobody was drawn")]


class SamplingDayDraws(BaseModel):
    """Holds the draws of a revealed day."""

    day: SamplingDay
    draws: list[SampleDraw]


@router.get("/proofs/sampling", summary="Commitments and revealed secrets of the random sample")
def list_sampling_days(parts: PartsOf, limit: Annotated[int, Query(ge=1, le=366)] = 31) -> list[SamplingDay]:
    """The newest day first. Check a revealed day: sha256(secret) is the commitment that was published before."""
    with parts.transaction(None) as conn:
        return [_day(one) for one in db.published(conn, limit=limit)]


@router.get("/proofs/sampling/{day}", summary="The draws of a day")
def get_sampling_day(parts: PartsOf, day: date) -> SamplingDayDraws:
    """For a day whose secret is revealed; the draws of other days are not published yet."""
    with parts.transaction(None) as conn:
        found = db.published_day(conn, day)
        if found is None or found.secret is None:
            raise Problem(404, "draws-not-revealed", "The draws of this day are not published", f"{day}")
        draws = db.draws(conn, day, limit=MOST_DRAWS)
    shown = [SampleDraw(message=one.message, draw=one.draw, share=one.share, method=one.method) for one in draws]
    return SamplingDayDraws(day=_day(found), draws=shown)


def _day(one: SamplingDayRow) -> SamplingDay:
    return SamplingDay(
        day=one.day,
        commitment=one.commitment,
        committed_at=one.committed_at,
        revealed_at=one.revealed_at,
        secret=bytes(one.secret).hex() if one.secret is not None else None,
    )
