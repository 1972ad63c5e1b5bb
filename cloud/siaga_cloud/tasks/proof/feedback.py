"""Requests confirmation from reporters whether the problem is really fixed, and processes their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.media import redaction
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, NotFoundError
from siaga_cloud.reports.service.reports import secret_hash
from siaga_cloud.reports.store.reports import Media
from siaga_cloud.tasks.store import proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """Represents a report whose proof waits for its reporter's answer."""

    report_id: UUID
    proof_id: UUID
    is_answered: bool


def answer_request(conn: Connection, secret: str) -> AnswerRequest:
    """Raises NotFoundError for an unknown secret, ConflictError where nothing waits for an answer."""
    report_id = proofs.report_of_secret(conn, secret_hash(secret))
    if report_id is None:
        raise NotFoundError("there is no such report; the address may have been cut off", code="report_link_not_found")
    proof_id = proofs.open_proof_of_report(conn, report_id)
    if proof_id is None:
        raise ConflictError(
            "nothing waits for an answer: the work is not said to be done, or it was decided already",
            code="no_pending_question",
        )
    is_answered = proofs.is_answered(conn, report_id=report_id, proof_id=proof_id)
    return AnswerRequest(report_id=report_id, proof_id=proof_id, is_answered=is_answered)


def record_answer(conn: Connection, secret: str, *, fixed: bool, photo: Media | None, now: datetime) -> bool:
    """Stores an answer; False where this report was answered for before. Raises as `answer_request` does."""
    of = answer_request(conn, secret)
    is_first = proofs.save_answer(conn, report_id=of.report_id, proof_id=of.proof_id, fixed=fixed, photo=photo, now=now)
    if is_first:
        if photo is not None:
            redaction.request(conn, [photo.id], now=now)
        jobs.defer_report_answer(conn, of.proof_id)
    return is_first
