"""Serves proofs: those that an operator should look at, their outcomes, and the answers of reporters."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import Operator, Overseer
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES
from siaga_cloud.reports.service.intake import store_photo
from siaga_cloud.tasks.api import proof_models as proof_forms
from siaga_cloud.tasks.api.proof_models import ProofDetail, ProofsSummary
from siaga_cloud.tasks.proof import feedback as report_answers
from siaga_cloud.tasks.store import read_proofs
from siaga_core.rules.verification.checks import Check, Result

router = APIRouter(tags=["proofs"])


class ReportAnswerResult(BaseModel):
    """Confirms the stored answer of a reporter. `repeated` means that an earlier answer exists, which counts."""

    fixed: bool
    repeated: bool
    message: Annotated[str, Field(examples=["Terima kasih atas jawaban Anda."])]


@router.get("/proofs", summary="Proofs by their findings (operator)")
def list_proofs(
    parts: PartsOf,
    operator: Operator,
    result: Annotated[Result | None, Query(description="with a finding of this result")] = None,
    check: Annotated[Check | None, Query(description="that finding is of this check")] = None,
    waiting: Annotated[bool, Query(description="only those that wait for an operator")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ProofDetail]:
    """The newest first. Verify or reopen the task itself: POST /tasks/{id}/moves."""
    with parts.transaction(operator) as conn:
        found = read_proofs.listed(conn, result=result, check=check, waiting=waiting, limit=limit)
    return [proof_forms.proof(one) for one in found]


@router.get("/proofs/summary", summary="How proofs ended (operator, leader)")
def get_proofs_summary(
    parts: PartsOf, overseer: Overseer, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> ProofsSummary:
    """The share of the work reported as done that somebody verified: a camera, a gauge, the reporter or a person."""
    since = datetime.now(UTC) - timedelta(days=days)
    with parts.transaction(overseer) as conn:
        return proof_forms.summary(read_proofs.counts(conn, since=since), since=since)


@router.post(
    "/reports/{secret}/answer",
    summary="Say whether it is really fixed",
    status_code=201,
    responses=refusals("photo_empty", "photo_too_complex", "photo_too_many_pixels", "photo_too_small"),
)
def create_report_answer(
    parts: PartsOf,
    request: Request,
    secret: str,
    fixed: Annotated[bool, Form()],
    photo: Annotated[UploadFile | None, File(description="JPEG, PNG or WebP")] = None,
) -> ReportAnswerResult:
    """For whoever has the secret of the `follow` address, while the task waits for somebody's word."""
    _limit(parts, request)
    now = datetime.now(UTC)
    with parts.transaction(None) as conn:  # first, so that no stranger's image comes into the media folder
        wanted = photo if not report_answers.answer_request(conn, secret[:100]).is_answered else None
    clean = parts.photos.clean(wanted.file.read(MAX_PHOTO_BYTES + 1)) if wanted is not None else None
    stored = store_photo(clean, "report", media=parts.media, by=None, now=now) if clean is not None else None
    with parts.transaction(None) as conn:
        is_first = report_answers.record_answer(conn, secret[:100], fixed=fixed, photo=stored, now=now)
    return ReportAnswerResult(fixed=fixed, repeated=not is_first, message="Terima kasih atas jawaban Anda.")


def _limit(parts: Parts, request: Request) -> None:
    wait = math.ceil(parts.message_limit.wait_seconds(client_key(request.client.host if request.client else None)))
    if wait > 0:
        raise Problem(429, "too-many-requests", "Too many requests", f"try again in {wait} s", retry_after_seconds=wait)
