"""Serves tasks: the list, the history, moves and photos."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field

from siaga_cloud.cameras.api.clips import event_clip
from siaga_cloud.cameras.service import clips
from siaga_cloud.people.auth import KEY_IS_OPTIONAL, Caller, Worker, is_in_scope, require_move
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import Location
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES
from siaga_cloud.platform.media.photo_metadata import read_facts
from siaga_cloud.reports.service.intake import save_photo, store_photo
from siaga_cloud.tasks.api import models as forms
from siaga_cloud.tasks.api import proof_models as proof_forms
from siaga_cloud.tasks.api.models import Task, TaskDetail
from siaga_cloud.tasks.api.proof_models import PhotoStatement
from siaga_cloud.tasks.proof.duplicates import remember
from siaga_cloud.tasks.proof.service import store_photo_facts
from siaga_cloud.tasks.service import tasks as service
from siaga_cloud.tasks.service.heads import target_of
from siaga_cloud.tasks.store import read as read_tasks
from siaga_cloud.tasks.store import read_proofs
from siaga_cloud.tasks.store import tasks as task_store
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.task import TaskState, Verb

router = APIRouter(tags=["tasks"])


class TaskMoveCreate(BaseModel):
    """Requests a move of a task. Some verbs need a note (decline, pause, reopen, dismiss, hand-overs); resolving needs
    a photo.
    """

    verb: Annotated[Verb, Field(examples=["resolve"])]
    note: Annotated[str, Field(max_length=2000, examples=["Sampah sudah diangkut"])] = ""
    photo_id: Annotated[UUID | None, Field(description="of a photo uploaded for this task before")] = None
    to: Annotated[
        str | None,
        Field(
            max_length=64, description="for assign a user, an agency, a team or `nearest`; for a hand-over an agency"
        ),
    ] = None
    reason: Annotated[str | None, Field(max_length=48, description="for pause: one of the policy's pause reasons")] = (
        None
    )


class PhotoReceipt(BaseModel):
    """Confirms a stored photo. `place` is where it was taken according to its EXIF."""

    photo_id: UUID
    place: Location | None
    taken_at: datetime | None


@router.get("/tasks", summary="Tasks, the most urgent first", openapi_extra=KEY_IS_OPTIONAL)
def list_tasks(
    parts: PartsOf,
    caller: Caller,
    state: Annotated[TaskState | None, Query()] = None,
    agency: Annotated[str | None, Query(max_length=64)] = None,
    mine: Annotated[bool, Query(description="only those assigned to me")] = False,
    number: Annotated[int | None, Query(ge=1, le=2**31, description="the one with this number, or none")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[Task]:
    """Everyone sees what is to be done and by when; place and assignee are for staff of that agency or area."""
    if mine and caller is None:
        raise Problem(401, "authentication-required", "A token is needed", "mine=true asks for your own tasks")
    assignee = caller.id if mine and caller else None
    with parts.transaction(caller) as conn:
        found = read_tasks.tasks(conn, state=state, agency_id=agency, assignee_id=assignee, number=number, limit=limit)
    return [forms.task(one, whole=is_in_scope(caller, one)) for one in found]


@router.get("/tasks/{task_id}", summary="A task and its audit trail", openapi_extra=KEY_IS_OPTIONAL)
def get_task(parts: PartsOf, caller: Caller, task_id: UUID) -> TaskDetail:
    """Every move ever made is there."""
    with parts.transaction(caller) as conn:
        return _detail(conn, _found(conn, task_id), caller)


@router.post("/tasks/{task_id}/moves", summary="Move a task (officer, head, operator)")
def move_task(parts: PartsOf, worker: Worker, task_id: UUID, wanted: TaskMoveCreate) -> TaskDetail:
    """Only moves of the table are taken; 409 lists what is allowed now."""
    now = datetime.now(UTC)
    with parts.transaction(worker) as conn:
        task = _found(conn, task_id)
        require_move(worker, task, wanted.verb)
        to = target_of(conn, worker, wanted.verb, wanted.to, task, now=now)
        fields = wanted.model_dump(exclude={"to"})
        service.move(conn, task_id, service.MoveRequest(actor=worker.id, to=to, **fields), now=now)
        return _detail(conn, _found(conn, task_id), worker)


@router.post(
    "/tasks/{task_id}/photos",
    summary="Upload a photo for a task",
    status_code=201,
    responses=refusals("photo_empty", "photo_too_complex", "photo_too_many_pixels", "photo_too_small"),
)
def create_task_photo(
    parts: PartsOf,
    worker: Worker,
    task_id: UUID,
    photo: Annotated[UploadFile, File(description="JPEG, PNG or WebP")],
    fields: PhotoStatement,
) -> PhotoReceipt:
    """The photo is stored as a new JPEG without EXIF; use the photo_id to resolve the task. What the file states of
    itself is stored.
    """
    now = datetime.now(UTC)
    with parts.transaction(worker) as conn:
        require_move(worker, _found(conn, task_id), Verb.RESOLVE)
    data = photo.file.read(MAX_PHOTO_BYTES + 1)
    clean = parts.photos.clean(data, is_staff=True)
    trusted = parts.settings.c2pa_trust_file
    facts = read_facts(data, trust_anchors=trusted.read_text("utf-8") if trusted else None)
    stored = store_photo(clean, "proof", media=parts.media, by=worker.id, now=now)
    with parts.transaction(worker) as conn:
        save_photo(conn, stored, now=now)
        task_store.add_photo(conn, task_id=task_id, media_id=stored.id, uploaded_by=worker.id, now=now)
        store_photo_facts(conn, stored.id, facts, fields, now=now)
        remember(conn, stored.id, clean.jpeg, now=now)
    place = Location(lat=clean.place.lat, lon=clean.place.lon) if clean.place else None
    return PhotoReceipt(photo_id=stored.id, place=place, taken_at=clean.taken_at)


def _found(conn: Connection, task_id: UUID) -> TaskRow:
    found = read_tasks.by_ids(conn, [task_id])
    if not found:
        raise Problem(404, "task-not-found", "There is no such task", str(task_id))
    return found[0]


def _detail(conn: Connection, task: TaskRow, caller: Person | None) -> TaskDetail:
    whole = is_in_scope(caller, task)
    photos = read_tasks.photos(conn, task.id) if whole else []
    return TaskDetail(
        task=forms.task(task, whole=whole),
        moves=[forms.move(one, whole=whole) for one in read_tasks.moves(conn, task.id)],
        photos=[f"/api/v1/media/{photo_id}" for photo_id in photos],
        proofs=[proof_forms.proof(one) for one in read_proofs.of_task(conn, task.id)] if whole else [],
        pair=proof_forms.pair(read_proofs.pair(conn, task.id), whole=whole),
        clips=[event_clip(one) for one in clips.of_incident(conn, task.incident_id)] if whole else [],
    )
