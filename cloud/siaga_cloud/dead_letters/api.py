"""Serves dead letters, which administrators can inspect safely and replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.dead_letters import service
from siaga_cloud.dead_letters import store as db
from siaga_cloud.dead_letters.store import DeadLetterState, DeadLetterSummary, SenderHour
from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.db import audit, jobs
from siaga_cloud.platform.errors import NotFoundError
from siaga_cloud.platform.http.foreign.links import add_next
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(prefix="/admin/dead-letters", tags=["dead letters"])

MOST_AT_ONCE = 500
_MOST = 2**53 - 1  # the largest whole number that every JSON reader keeps
Number = Annotated[int, Field(ge=1, le=_MOST)]


class DeadLetterPage(ResponseModel):
    """Holds a page of dead letters, and the number of them in each state."""

    items: list[DeadLetterSummary]
    counts: dict[str, int]


class DeadLetterDetail(ResponseModel):
    """Describes a dead letter with its first bytes. Neither form contains anything that a browser or terminal would
    execute.
    """

    entry: DeadLetterSummary
    shown_bytes: Annotated[int, Field(description="of `entry.size_bytes`")]
    text: Annotated[str | None, Field(description="as text where it is UTF-8, control characters as symbols")]
    hexdump: Annotated[str, Field(examples=['00000000  7b 22 76 22 3a  {"v":'])]


class DeadLetterReplay(BaseModel):
    """Names the dead letters that shall be replayed."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=MOST_AT_ONCE)]


class DeadLetterReplayResult(ResponseModel):
    """Names the dead letters that are queued; missing ones and those that were replayed before are left out."""

    ids: list[int]


@router.get("", summary="Messages that could not be read or kept (admin)")
def list_dead_letters(
    parts: PartsOf,
    admin: Admin,
    request: Request,
    response: Response,
    q: Annotated[str | None, Query(max_length=200, description="in topic, reason and bytes")] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[list[DeadLetterState] | None, Query(description="left out: all that were not replayed")] = None,
    before: Annotated[int | None, Query(ge=1, le=_MOST, description="dead letters before this number")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DeadLetterPage:
    """The list begins with the newest dead letter."""
    states = state or ["waiting", "requested", "failed"]
    with parts.transaction(admin) as conn:
        found = db.find(conn, text=q or None, node_id=node or None, states=states, before=before, limit=limit)
        if len(found) == limit:
            add_next(request, response, before=found[-1].id)
        return DeadLetterPage(items=found, counts=db.counts(conn))


@router.get("/over-room", summary="Hours in which refused messages were counted and not stored (admin)")
def list_over_room(
    parts: PartsOf,
    admin: Admin,
    days: Annotated[int, Query(ge=1, le=40)] = 7,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[SenderHour]:
    """The newest hour first. A node that appears here is broken, or is not what it claims to be."""
    with parts.transaction(admin) as conn:
        return db.over_room(conn, since=datetime.now(UTC) - timedelta(days=days), limit=limit)


@router.post("/replay", summary="Replay dead letters (admin)", status_code=202)
def replay_dead_letters(parts: PartsOf, admin: Admin, form: DeadLetterReplay) -> DeadLetterReplayResult:
    """Each by itself, judged as of when it came; what became of it is in its `state` within seconds."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        requested = db.request_replay(conn, form.ids, by=admin.id, now=now)
        if requested:
            jobs.defer_replay(conn)
            audit.record(
                conn, actor=admin.id, action="replay_dead_letters", kind="dead_letter", object_id=str(requested[0]),
                details={"ids": requested}, now=now,
            )  # fmt: skip
    return DeadLetterReplayResult(ids=requested)


@router.get("/{dead_letter_id}", summary="A dead letter and its first bytes (admin)")
def get_dead_letter(
    parts: PartsOf, admin: Admin, dead_letter_id: Annotated[int, Path(ge=1, le=_MOST)], response: Response
) -> DeadLetterDetail:
    """The look is on record: a dead letter may hold anything that a node has sent."""
    response.headers["Cache-Control"] = "no-store"
    with parts.transaction(admin) as conn:
        line = db.line(conn, dead_letter_id)
        if line is None:
            raise NotFoundError(f"there is no dead letter {dead_letter_id}", code="dead_letter_not_found")
        payload = db.payload(conn, dead_letter_id)
        audit.record(
            conn, actor=admin.id, action="view_dead_letter", kind="dead_letter", object_id=str(dead_letter_id),
            now=datetime.now(UTC),
        )  # fmt: skip
    return DeadLetterDetail(
        entry=line,
        shown_bytes=min(len(payload), service.SHOWN_BYTES),
        text=service.text_of(payload),
        hexdump=service.hexdump(payload),
    )
