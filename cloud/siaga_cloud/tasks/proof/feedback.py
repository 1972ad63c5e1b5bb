"""Requests confirmation from reporters whether the problem is really fixed, and processes their answers.

A denial counts from everybody who reported it. A confirmation verifies the work only where the reporter is a witness.
"""

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
from siaga_cloud.tasks.proof import verification
from siaga_cloud.tasks.proof.verification import ProofCase
from siaga_cloud.tasks.store import proof_answers, proofs
from siaga_cloud.tasks.store.proof_answers import AnswerRow
from siaga_cloud.tasks.store.proofs import Proof
from siaga_core.rules.verification.method import VerificationMethod
from siaga_core.rules.verification.reporter import ACCOUNT_CHANNELS, ReporterRecord, can_confirm


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """Represents a report whose proof waits for its reporter's answer."""

    report_id: UUID
    proof_id: UUID
    is_answered: bool


def answer_request(conn: Connection, secret: str) -> AnswerRequest:
    """Raises NotFoundError for an unknown secret, ConflictError where nothing waits for an answer."""
    report_id = proof_answers.report_of_secret(conn, secret_hash(secret))
    if report_id is None:
        raise NotFoundError("there is no such report; the address may have been cut off", code="report_link_not_found")
    proof_id = proof_answers.open_proof_of_report(conn, report_id)
    if proof_id is None:
        raise ConflictError(
            "nothing waits for an answer: the work is not said to be done, or it was decided already",
            code="no_pending_question",
        )
    is_answered = proof_answers.is_answered(conn, report_id=report_id, proof_id=proof_id)
    return AnswerRequest(report_id=report_id, proof_id=proof_id, is_answered=is_answered)


def record_answer(conn: Connection, secret: str, *, fixed: bool, photo: Media | None, now: datetime) -> bool:
    """Stores an answer; False where this report was answered for before. Raises as `answer_request` does."""
    of = answer_request(conn, secret)
    is_first = proof_answers.save_answer(
        conn, report_id=of.report_id, proof_id=of.proof_id, fixed=fixed, photo=photo, now=now
    )
    if is_first:
        if photo is not None:
            redaction.request(conn, [photo.id], now=now)
        jobs.defer_report_answer(conn, of.proof_id)
    return is_first


def process_report_answer(conn: Connection, proof_id: UUID, *, now: datetime) -> None:
    """Act on the answers of reporters about a proof that nobody has decided: a denial reopens the task where reporters
    were asked and disputes it elsewhere; a confirmation verifies it where a witness was asked.
    """
    proof = proofs.get(conn, proof_id)
    case = verification.case_of(conn, proof) if proof is not None else None
    found = proof_answers.answers(conn, proof_id)
    if proof is None or case is None or proof.outcome is not None or not found:
        return
    denial = next((one for one in found if not one.fixed), None)
    if denial is not None:
        _deny(conn, proof, case, denial, now=now)
    elif proof.method == VerificationMethod.REPORTER:
        _confirm(conn, proof, case, found, now=now)


def _deny(conn: Connection, proof: Proof, case: ProofCase, denial: AnswerRow, *, now: datetime) -> None:
    _show_photo(conn, proof, denial)
    note = "the reporter says that it is not fixed"
    if proof.method == VerificationMethod.REPORTER:
        verification.reopen(conn, case, by=verification.REPORTER, note=note, now=now)
    else:
        verification.dispute(conn, case, by=verification.REPORTER, note=note, now=now)


def _confirm(conn: Connection, proof: Proof, case: ProofCase, found: list[AnswerRow], *, now: datetime) -> None:
    note = "the reporter says that it is fixed"
    records = proof_answers.reporter_records(conn, case.incident_id, officer=proof.resolved_by)
    for answer in found:
        record = records.get(answer.report_id)
        if record is not None and can_confirm(
            ReporterRecord(
                has_account=record.channel in ACCOUNT_CHANNELS,
                confirmed_elsewhere=record.confirmed_elsewhere,
                is_paired=record.is_paired,
            )
        ):
            _show_photo(conn, proof, answer)
            verification.verify(conn, case, by=verification.REPORTER, note=note, now=now)
            return
    _show_photo(conn, proof, found[0])
    why = f"{note}, but is no witness for this officer's work; an operator looks"
    proofs.set_method(conn, proof.id, method=VerificationMethod.OPERATOR, why=why, answer_by=None)


def _show_photo(conn: Connection, proof: Proof, answer: AnswerRow) -> None:
    if answer.media_id is not None:
        proofs.set_after(conn, proof.id, answer.media_id)
