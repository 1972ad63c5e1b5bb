"""Serves the work on tasks besides single moves: bulk moves, handover, priority, notes, attachments and the
checklist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel, Field

from siaga_cloud.city.service import policy as policies
from siaga_cloud.people.auth import Worker, is_in_scope, require_move
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, SiagaError
from siaga_cloud.platform.http.models import media_url
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES
from siaga_cloud.reports.service.intake import save_photo, store_photo
from siaga_cloud.tasks.api import models as forms
from siaga_cloud.tasks.api.models import Task
from siaga_cloud.tasks.service import tasks
from siaga_cloud.tasks.service import work as service
from siaga_cloud.tasks.service.heads import target_of
from siaga_cloud.tasks.store import read as read_tasks
from siaga_cloud.tasks.store import tasks as task_store
from siaga_cloud.tasks.store import work as db_work
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.task import IllegalMoveError, Verb

MOST_AT_ONCE = 200
router = APIRouter(tags=["tasks"])
Note = Annotated[str, Field(max_length=2000)]


class BulkMoveItem(BaseModel):
    """Describes one move of many."""

    task_id: UUID
    verb: Annotated[Verb, Field(examples=["assign"])]
    note: Note = ""
    photo_id: UUID | None = None
    to: Annotated[str | None, Field(max_length=64, examples=["petugas.sda"])] = None
    reason: Annotated[str | None, Field(max_length=48)] = None


class BulkMovesCreate(BaseModel):
    """Requests up to 200 moves; each succeeds or is refused on its own."""

    moves: Annotated[list[BulkMoveItem], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BulkMoveResult(BaseModel):
    """Describes the outcome of one move. `status` is what a single request would have answered."""

    task_id: UUID
    status: Annotated[int, Field(examples=[200])]
    state: Annotated[str | None, Field(examples=["assigned"])] = None
    detail: Annotated[str | None, Field(description="why it was refused")] = None
    code: Annotated[str | None, Field(description="the reason for programs")] = None


class HandOverCreate(BaseModel):
    """Requests a handover. koordinasi adds an agency while the task stays, disposisi passes it on, and not_mine returns
    it.
    """

    kind: Annotated[Literal["koordinasi", "disposisi", "not_mine"], Field(examples=["not_mine"])]
    to: Annotated[str, Field(max_length=64, examples=["dinas-bina-marga"], description="an agency")]
    note: Annotated[str, Field(max_length=2000, examples=["Jalan provinsi, bukan saluran"])]


class PriorityUpdate(BaseModel):
    """Sets a new priority with a reason."""

    priority: Annotated[int, Field(ge=1, le=4, description="1 is most urgent")]
    reason: Annotated[str, Field(max_length=2000, examples=["Dekat sekolah"])]


class TaskNoteCreate(BaseModel):
    """Adds a note for those who work on the task."""

    text: Annotated[str, Field(max_length=2000, examples=["Kunci gerbang ada di pos RW"])]


class ChecklistItemUpdate(BaseModel):
    """States whether an item of the checklist is done."""

    done: bool = True


class ChecklistItem(BaseModel):
    """Describes a line of the checklist."""

    id: str
    text_id: str
    text_en: str
    done_by: str | None
    done_at: datetime | None


class TaskWork(BaseModel):
    """Describes what belongs to a task: notes, the chain of agencies, attachments and the checklist of its category."""

    notes: list[dict[str, Any]]
    handovers: list[dict[str, Any]]
    parties: Annotated[list[str], Field(description="agencies that were asked to join")]
    attachments: list[dict[str, Any]]
    text_id: str | None
    text_en: str | None
    checklist: list[ChecklistItem]


@router.post("/tasks/bulk-moves", summary="Move up to 200 tasks")
def create_bulk_moves(parts: PartsOf, worker: Worker, wanted: BulkMovesCreate) -> list[BulkMoveResult]:
    """The answers have the sequence of the moves; a refused move leaves the others as they are."""
    return [_one_of_many(parts, worker, item) for item in wanted.moves]


@router.get("/tasks/{task_id}/work", summary="Notes, hand-overs, attachments and checklist of a task")
def get_task_work(parts: PartsOf, worker: Worker, task_id: UUID) -> TaskWork:
    """For those in whose scope the task is."""
    with parts.transaction(worker) as conn:
        return _sheet(conn, _own(conn, task_id, worker))


@router.post("/tasks/{task_id}/hand-over", summary="Koordinasi, disposisi, or not mine")
def hand_over_task(parts: PartsOf, worker: Worker, task_id: UUID, wanted: HandOverCreate) -> Task:
    """After more than three times "not mine" an operator decides whose it is."""
    request = tasks.MoveRequest(verb=Verb(wanted.kind), actor=worker.id, note=wanted.note, to=wanted.to)
    with parts.transaction(worker) as conn:
        require_move(worker, _found(conn, task_id), request.verb)
        tasks.move(conn, task_id, request, now=datetime.now(UTC))
        passed = _found(conn, task_id)
        return forms.task(passed, whole=is_in_scope(worker, passed))


@router.post("/tasks/{task_id}/priority", summary="Change a priority (head, operator)")
def update_task_priority(parts: PartsOf, worker: Worker, task_id: UUID, wanted: PriorityUpdate) -> Task:
    """The reason is stored in the trail."""
    with parts.transaction(worker) as conn:
        require_move(worker, _found(conn, task_id), Verb.ASSIGN)  # whoever may assign people may set the priority
        service.set_priority(conn, task_id, wanted.priority, by=worker.id, reason=wanted.reason, now=datetime.now(UTC))
        return forms.task(_found(conn, task_id), whole=True)


@router.post("/tasks/{task_id}/notes", summary="Write a note", status_code=201)
def create_task_note(parts: PartsOf, worker: Worker, task_id: UUID, wanted: TaskNoteCreate) -> TaskWork:
    """It stays in the trail, with its author."""
    with parts.transaction(worker) as conn:
        task = _own(conn, task_id, worker)
        service.add_note(conn, task_id, wanted.text, by=worker.id, now=datetime.now(UTC))
        return _sheet(conn, task)


@router.post(
    "/tasks/{task_id}/attachments",
    summary="Attach a photo that is not proof",
    status_code=201,
    responses=refusals("photo_empty", "photo_too_complex", "photo_too_many_pixels", "photo_too_small"),
)
def create_task_attachment(
    parts: PartsOf, worker: Worker, task_id: UUID, photo: Annotated[UploadFile, File(description="JPEG, PNG or WebP")]
) -> TaskWork:
    """Stored as a new JPEG without EXIF; a task cannot be resolved with it."""
    now = datetime.now(UTC)
    with parts.transaction(worker) as conn:
        task = _own(conn, task_id, worker)
    clean = parts.photos.clean(photo.file.read(MAX_PHOTO_BYTES + 1), is_staff=True)
    stored = store_photo(clean, "proof", media=parts.media, by=worker.id, now=now)
    with parts.transaction(worker) as conn:
        save_photo(conn, stored, now=now)
        task_store.add_photo(
            conn, task_id=task_id, media_id=stored.id, uploaded_by=worker.id, now=now, purpose="attachment"
        )
        return _sheet(conn, task)


@router.put("/tasks/{task_id}/checklist/{item}", summary="Tick an item of the checklist")
def update_checklist_item(
    parts: PartsOf, worker: Worker, task_id: UUID, item: str, wanted: ChecklistItemUpdate
) -> TaskWork:
    """done=false takes the tick away."""
    with parts.transaction(worker) as conn:
        task = _own(conn, task_id, worker)
        service.tick(conn, task_id, item, done=wanted.done, by=worker.id, now=datetime.now(UTC))
        return _sheet(conn, task)


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (IllegalMoveError, 409),
    (InvalidError, 422),
)


def _one_of_many(parts: PartsOf, worker: Person, item: BulkMoveItem) -> BulkMoveResult:
    now = datetime.now(UTC)
    try:
        with parts.transaction(worker) as conn:
            task = _found(conn, item.task_id)
            require_move(worker, task, item.verb)
            to = target_of(conn, worker, item.verb, item.to, task, now=now)
            fields = item.model_dump(exclude={"task_id", "to"})
            moved = tasks.move(conn, item.task_id, tasks.MoveRequest(actor=worker.id, to=to, **fields), now=now)
    except Problem as problem:
        return BulkMoveResult(task_id=item.task_id, status=problem.status, detail=problem.detail, code=problem.kind)
    except (SiagaError, IllegalMoveError) as error:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        code = getattr(error, "code", "") or "illegal-move"
        return BulkMoveResult(task_id=item.task_id, status=status, detail=str(error), code=code)
    return BulkMoveResult(task_id=item.task_id, status=200, state=moved.state)


def _found(conn: Connection, task_id: UUID) -> TaskRow:
    found = read_tasks.by_ids(conn, [task_id])
    if not found:
        raise Problem(404, "task-not-found", "There is no such task", str(task_id))
    return found[0]


def _own(conn: Connection, task_id: UUID, person: Person) -> TaskRow:
    task = _found(conn, task_id)
    if not is_in_scope(person, task):
        raise Problem(403, "outside-scope", "This task belongs to another agency or area", f"task {task.number}")
    return task


def _sheet(conn: Connection, task: TaskRow) -> TaskWork:
    template = policies.current(conn).template(task.category)
    done = {check["item"]: check for check in db_work.checks(conn, task.id)}
    moves = read_tasks.moves(conn, task.id)
    items = [(item, done.get(item.id, {})) for item in (template.item if template else ())]
    return TaskWork(
        notes=[{"text": one.note, "by": one.actor, "at": one.at} for one in moves if one.verb == "note"],
        handovers=[
            {"kind": one.kind, "from": one.from_agency, "to": one.to_agency, "by": one.actor, "note": one.note}
            | {"at": one.at}
            for one in db_work.handovers(conn, task.id)
        ],
        parties=task.party_ids,
        attachments=[
            {"url": media_url(one["media_id"]), "by": one["uploaded_by"], "at": one["at"]}
            for one in db_work.attachments(conn, task.id)
        ],
        text_id=template.text_id if template else None,
        text_en=template.text_en if template else None,
        checklist=[
            ChecklistItem(
                id=item.id,
                text_id=item.text_id,
                text_en=item.text_en,
                done_by=check.get("done_by"),
                done_at=check.get("done_at"),
            )
            for item, check in items
        ],
    )
