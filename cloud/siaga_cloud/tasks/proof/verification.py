"""Starts the verification of a proof by a camera, the reporters or an operator. Where nobody is asked, the task stays
reported as done.

resolved ─► camera ──cleared──► verified (or operator, where proof checks hold it back)
              │  └──still there► reopened
              └─no answer, cannot see─► by random sample: reporter ─► verified | reopened | operator; operator; nobody
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from siaga_cloud.incidents.store import incidents
from siaga_cloud.notifications.service.notifications import Audience, Subject, notify
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service.tasks import MoveRequest
from siaga_cloud.tasks.store import proof_answers, proofs, rechecks
from siaga_cloud.tasks.store import tasks as db_tasks
from siaga_cloud.tasks.store.proofs import Proof
from siaga_cloud.tasks.store.rechecks import Viewer
from siaga_core.rules.geometry import LatLon, distance_m
from siaga_core.rules.task import TaskState, Verb
from siaga_core.rules.verification.method import ProofPolicy, VerificationMethod
from siaga_core.wire.ids import uuid7

log = logging.getLogger(__name__)

REPORTER = "reporter"
_NOTE_CHARACTERS = 1900
_QUESTION_ID = "Tugas {} dinyatakan selesai. Apakah benar sudah beres? Mohon jawab di halaman laporan."
_QUESTION_EN = "Task {} is said to be done. Is it really fixed? Please answer on your report's page."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCase:
    """Represents a proof with what its verification needs."""

    proof_id: UUID
    task_id: UUID
    incident_id: UUID
    number: int
    category: str
    area_id: str | None
    resolved_at: datetime
    held: bool


def viewer_of(conn: Connection, incident_id: UUID, place: LatLon) -> Viewer | None:
    """Return the camera that saw it begin and whose view covers the spot; None where there is none, or its node is
    offline.
    """
    for viewer in rechecks.viewers(conn, incident_id):
        away = distance_m(LatLon(viewer.lat, viewer.lon), place)
        if viewer.is_online and away <= viewer.radius_m:
            return viewer
    return None


def answer_by(method: VerificationMethod, policy: ProofPolicy, now: datetime) -> datetime | None:
    """Until when somebody's answer is waited for; None where nobody's is, or an operator's for ever."""
    match method:
        case VerificationMethod.CAMERA:
            return now + timedelta(seconds=policy.look_seconds)
        case VerificationMethod.REPORTER:
            return now + timedelta(hours=policy.reporter_hours)
        case VerificationMethod.OPERATOR | VerificationMethod.CHECK_RESULTS:
            return None


def start_verification(
    conn: Connection,
    case: ProofCase,
    method: VerificationMethod,
    *,
    viewer: Viewer | None,
    policy: ProofPolicy,
    now: datetime,
) -> None:
    """Start the verification; where nobody is asked and for an operator, there is nothing to start."""
    if method is VerificationMethod.CAMERA and viewer is not None:
        _request_recheck(conn, case, viewer, policy, now)
    elif method is VerificationMethod.REPORTER:
        _query_reporters(conn, case, now)


def verify(conn: Connection, case: ProofCase, *, by: str, note: str, now: datetime) -> None:
    """The work is done; an operator has the last word where proof checks hold it back."""
    if case.held:
        proofs.set_method(
            conn,
            case.proof_id,
            method=VerificationMethod.OPERATOR,
            why=f"{note}; held back by findings",
            answer_by=None,
        )
        return
    _move(conn, case, Verb.VERIFY, by=by, note=note, now=now)


def reopen(conn: Connection, case: ProofCase, *, by: str, note: str, now: datetime) -> None:
    """The work is not done."""
    _move(conn, case, Verb.REOPEN, by=by, note=note, now=now)


def dispute(conn: Connection, case: ProofCase, *, by: str, note: str, now: datetime) -> None:
    """Somebody contradicts that the work is done, without being asked; an operator decides."""
    incidents.get(conn, case.incident_id)  # its lock before that of the task, as everywhere
    tasks.dispute(conn, case.task_id, by=by, note=note, resolved_at=case.resolved_at, now=now)
    proofs.set_method(conn, case.proof_id, method=VerificationMethod.OPERATOR, why=note, answer_by=None)


def _move(conn: Connection, case: ProofCase, verb: Verb, *, by: str, note: str, now: datetime) -> None:
    # The incident first, as everywhere; under its lock nobody else moves the task.
    incidents.get(conn, case.incident_id)
    held = db_tasks.get(conn, case.task_id)
    if held is None or held.state is not TaskState.RESOLVED or held.finished_at != case.resolved_at:
        return  # people were faster; what they decided is recorded by `settle_by_hand`
    request = MoveRequest(verb=verb, actor=by, note=note[:_NOTE_CHARACTERS])
    try:
        with conn.transaction():
            tasks.move(conn, case.task_id, request, now=now)
    except ConflictError as error:
        proofs.set_method(
            conn, case.proof_id, method=VerificationMethod.OPERATOR, why=f"{note}; {error}", answer_by=None
        )
        return
    outcome = "verified" if verb is Verb.VERIFY else "reopened"
    proofs.decide(conn, case.proof_id, outcome=outcome, by=by, now=now)
    log.info("task %d %s by %s: %s", case.number, outcome, by, note)


def _request_recheck(conn: Connection, case: ProofCase, viewer: Viewer, policy: ProofPolicy, now: datetime) -> None:
    look_id, deadline = uuid7(now), now + timedelta(seconds=policy.look_seconds)
    rechecks.save(
        conn, look_id=look_id, proof_id=case.proof_id, task_id=case.task_id, viewer=viewer, now=now, deadline=deadline
    )
    jobs.defer_look(conn, look_id)


def _query_reporters(conn: Connection, case: ProofCase, now: datetime) -> None:
    for report_id in proofs.reports_of(conn, case.incident_id):
        notify(
            conn,
            to=Audience.reporter(report_id),
            kind="please_check",
            subject=Subject(kind="report", id=str(report_id)),
            dedupe=f"please_check/{case.proof_id}",
            body={"id": _QUESTION_ID.format(case.number), "en": _QUESTION_EN.format(case.number)},
            category=case.category,
            area_id=case.area_id,
            now=now,
        )
    if proof_answers.answers(conn, case.proof_id):
        jobs.defer_report_answer(conn, case.proof_id)


def case_of(conn: Connection, proof: Proof) -> ProofCase | None:
    """Return what the verification of a stored proof needs; None where its task is gone."""
    task = proofs.task_of(conn, proof.id)
    if task is None:
        return None
    return ProofCase(
        proof_id=proof.id,
        task_id=proof.task_id,
        incident_id=task.incident_id,
        number=task.number,
        category=task.category,
        area_id=task.area_id,
        resolved_at=proof.resolved_at,
        held=proof.held,
    )
