"""Serves the reporters and officers who meet more often than chance explains, for those who look after the city."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siaga_cloud.figures.service import weights
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["figures"])


class ReporterPair(BaseModel):
    """Describes a reporter and an officer who meet too often. It is a reason to look, and no proof of anything."""

    reporter: Annotated[str, Field(description="the pseudonym of the ranking; it leads back to nobody")]
    officer_id: str
    officer_name: str | None
    meetings: Annotated[int, Field(description="tasks of this reporter that this officer handled, in 180 days")]
    expected: Annotated[float, Field(description="as many as chance would explain, by what others reported there")]
    chance: Annotated[float, Field(description="the probability of so many or more")]
    found_at: datetime


@router.get("/figures/pairs", summary="Reporters and officers who meet too often (operator, leader)")
def list_reporter_pairs(
    parts: PartsOf, overseer: Overseer, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[ReporterPair]:
    """The least probable first. Tasks for which only such a reporter speaks weigh nothing in the rankings, and the
    word of such a reporter verifies nothing that this officer did.
    """
    with parts.transaction(overseer) as conn:
        found = weights.pairs(conn, limit=limit)
    return [
        ReporterPair(
            reporter=one.pseudonym,
            officer_id=one.officer_id,
            officer_name=one.officer_name,
            meetings=one.meetings,
            expected=one.expected,
            chance=one.chance,
            found_at=one.found_at,
        )
        for one in found
    ]
