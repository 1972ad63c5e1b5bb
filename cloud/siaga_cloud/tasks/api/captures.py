"""Serves captures in place: the challenge of a task, and the two photos that answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from siaga_cloud.people.auth import Worker, require_move
from siaga_cloud.people.request_signature import SignedBy
from siaga_cloud.people.service import device_keys
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES
from siaga_cloud.platform.media.photo_metadata import read_facts
from siaga_cloud.reports.service.intake import save_photo, store_photo
from siaga_cloud.tasks.proof import captures
from siaga_cloud.tasks.proof.captures import CaptureEvidence, UploadedCapture
from siaga_cloud.tasks.proof.duplicates import remember
from siaga_cloud.tasks.proof.service import store_photo_facts
from siaga_cloud.tasks.store import read as read_tasks
from siaga_cloud.tasks.store import tasks as task_store
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.task import Verb
from siaga_core.rules.verification.capture import CaptureGrade, CaptureReason, Direction
from siaga_core.rules.verification.checks import AppStatement

router = APIRouter(tags=["tasks"])


class CaptureChallenge(BaseModel):
    """Prompts for two photos. For the second one the camera is moved in `direction`; both are made while it is valid,
    also without a connection.
    """

    challenge_id: UUID
    task_id: UUID
    nonce: str
    direction: Direction
    issued_at: datetime
    expires_at: datetime


class CaptureReceipt(BaseModel):
    """Confirms a stored capture. Use `photo_id` to resolve the task; `reasons` say why the grade is `gallery`."""

    photo_id: UUID
    grade: CaptureGrade
    reasons: list[CaptureReason]
    explanations: Annotated[list[dict[str, str]], Field(description="the reasons by language: id, en")]


@router.post("/tasks/{task_id}/capture-challenges", summary="Get the prompt for proof photos in place")
def create_capture_challenge(parts: PartsOf, worker: Worker, signed: SignedBy, task_id: UUID) -> CaptureChallenge:
    """The request is signed by a device of the officer; the same challenge is given until it is answered or about to
    expire.
    """
    now = datetime.now(UTC)
    with parts.transaction(worker) as conn:
        require_move(worker, _found(conn, task_id), Verb.RESOLVE)
        key_id = device_keys.verified_key(conn, signed, now=now)
        held = captures.challenge(conn, task_id, worker.id, key_id, now=now)
    return CaptureChallenge(
        challenge_id=held.id,
        task_id=held.task_id,
        nonce=held.nonce,
        direction=Direction(held.direction),
        issued_at=held.issued_at,
        expires_at=held.expires_at,
    )


@router.post(
    "/tasks/{task_id}/captures",
    summary="Send two photos that were made in place",
    status_code=201,
    responses=refusals(
        "invalid_capture_statement", "photo_empty", "photo_too_complex", "photo_too_many_pixels", "photo_too_small"
    ),
)
def create_capture(
    parts: PartsOf,
    worker: Worker,
    task_id: UUID,
    photo: Annotated[UploadFile, File(description="the first photo, which is the proof: JPEG, PNG or WebP")],
    second_photo: Annotated[UploadFile, File(description="the second one, made in the prompted direction")],
    statement: Annotated[
        str, Form(min_length=1, max_length=captures.MOST_STATEMENT_CHARACTERS, description="JSON: see docs")
    ],
    signature: Annotated[str, Form(min_length=1, max_length=200, description="of the statement, by the device key")],
) -> CaptureReceipt:
    """A capture that does not agree with its challenge is stored all the same, as `gallery` with the reasons. Sending
    one again changes nothing.
    """
    sent = UploadedCapture(
        statement=captures.read_statement(statement),
        signed_text=statement,
        signature=signature,
        first=photo.file.read(MAX_PHOTO_BYTES + 1),
        second=second_photo.file.read(MAX_PHOTO_BYTES + 1),
    )
    with parts.transaction(worker) as conn:
        task = _found(conn, task_id)
        require_move(worker, task, Verb.RESOLVE)
        before = captures.repeated(conn, sent, worker.id)
        known = captures.capture_of(conn, before) if before else None
    if before is not None and known is not None:
        return _receipt(before, known)
    return _store(parts, worker, task, sent)


def _store(parts: Parts, worker: Person, task: TaskRow, sent: UploadedCapture) -> CaptureReceipt:
    now = datetime.now(UTC)
    clean = [
        parts.photos.clean(sent.first, is_staff=True),
        parts.photos.clean(sent.second, field="second_photo", is_staff=True),
    ]
    shift, trusted = captures.photo_shift(clean[0].jpeg, clean[1].jpeg), parts.settings.c2pa_trust_file
    facts = read_facts(sent.first, trust_anchors=trusted.read_text("utf-8") if trusted else None)
    first, second = (store_photo(one, "proof", media=parts.media, by=worker.id, now=now) for one in clean)
    with parts.transaction(worker) as conn:
        before = captures.repeated(conn, sent, worker.id)  # another try of the same capture may have been faster
        if before is not None:
            return _receipt(before, captures.capture_of(conn, before))
        place = LatLon(task.lat, task.lon)
        result = captures.grade(
            conn, sent, task_id=task.id, task_place=place, user_id=worker.id, shift=shift, now=now
        )  # fmt: skip
        for one in (first, second):
            save_photo(conn, one, now=now)
        task_store.add_photo(conn, task_id=task.id, media_id=first.id, uploaded_by=worker.id, now=now)
        task_store.add_photo(
            conn, task_id=task.id, media_id=second.id, uploaded_by=worker.id, now=now, purpose="attachment"
        )
        facts = replace(facts, capture=result.grade)
        store_photo_facts(conn, first.id, facts, _app_statement(sent), now=now)
        remember(conn, first.id, clean[0].jpeg, now=now)
        captures.save(
            conn, sent, result, task_id=task.id, media_id=first.id, second_media_id=second.id, shift=shift, now=now
        )  # fmt: skip
        return _receipt(first.id, captures.capture_of(conn, first.id))


def _app_statement(sent: UploadedCapture) -> AppStatement:
    stated = sent.statement.photos[0]
    accuracy_m = stated.accuracy_m if stated.place is not None else None
    return AppStatement(taken_at=stated.taken_at, place=stated.place, accuracy_m=accuracy_m)


def _receipt(photo_id: UUID, evidence: CaptureEvidence) -> CaptureReceipt:
    return CaptureReceipt(
        photo_id=photo_id, grade=evidence.grade, reasons=list(evidence.reasons), explanations=evidence.texts()
    )


def _found(conn: Connection, task_id: UUID) -> TaskRow:
    found = read_tasks.by_ids(conn, [task_id])
    if not found:
        raise Problem(404, "task-not-found", "There is no such task", str(task_id))
    return found[0]
